"""The columns' values for the rows there are, 5,000 a transaction: work goes on meanwhile. May be broken off and run again."""

from django.db import migrations

from kajing.customers import twin


def fill(apps, schema_editor):
    twin.fill(schema_editor.connection)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('customers', '0010_twin_columns'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
