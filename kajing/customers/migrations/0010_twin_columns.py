"""Whose a customer is, beside the night's figures: the columns and the triggers that keep them. Quick on any size."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from kajing.customers import twin


def install(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        return  # after the last migration of the run
    twin.install(schema_editor.connection)


def remove(apps, schema_editor):
    twin.remove(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0009_pool_raise'),
        ('org', '0003_access_ends_at'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='customerfigures',
            name='manager',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL, to_field='person_no'),
        ),
        migrations.AddField(
            model_name='customerfigures',
            name='status',
            field=models.CharField(choices=[('ACTIVE', 'active'), ('CLOSED', 'closed'), ('DECEASED', 'deceased')], max_length=10, null=True),
        ),
        migrations.AddField(
            model_name='customerfigures',
            name='unit',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='org.unit'),
        ),
        migrations.RunPython(install, remove),
    ]
