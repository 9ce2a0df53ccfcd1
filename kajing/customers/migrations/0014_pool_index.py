"""Customers in the pools of units by spend: on PostgreSQL built beside the work."""

from django.db import migrations, models

from kajing.customers.migrating import AddIndexLive


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('customers', '0013_name_parts'),
    ]

    operations = [
        AddIndexLive(
            model_name='customerfigures',
            index=models.Index(condition=models.Q(('manager__isnull', True)), fields=['unit', 'spend_30d', 'customer'], name='customers_figures_of_pool'),
        ),
    ]
