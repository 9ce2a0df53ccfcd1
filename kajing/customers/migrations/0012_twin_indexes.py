"""Indexes over book, unit and figures, and fewer of single classes: on PostgreSQL built beside the work."""

from django.db import migrations, models

from kajing.customers.migrating import AddIndexLive, RemoveIndexLive


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('customers', '0011_twin_values'),
    ]

    operations = [
        AddIndexLive(
            model_name='customerfigures',
            index=models.Index(condition=models.Q(('manager__isnull', False)), fields=['manager', 'customer'], name='customers_figures_of_book'),
        ),
        AddIndexLive(
            model_name='customerfigures',
            index=models.Index(fields=['bucket', 'risk_band'], name='customers_c_bucket_cc2f97_idx'),
        ),
        AddIndexLive(
            model_name='customerfigures',
            index=models.Index(fields=['segment'], name='customers_c_segment_031f1e_idx'),
        ),
        AddIndexLive(
            model_name='customerfigures',
            index=models.Index(fields=['unit', 'status', 'state', 'risk_band', 'bucket', 'spend_30d', 'utilisation', 'dpd', 'last_purchase_on', 'credit_limit', 'silence_p', 'sleeping_on', 'manager', 'customer'], name='customers_figures_of_unit'),
        ),
        migrations.AlterField(
            model_name='customerfigures',
            name='segment',
            field=models.CharField(blank=True, max_length=30),
        ),
        RemoveIndexLive(
            model_name='customerfigures',
            name='customers_c_state_f610f0_idx',
        ),
        RemoveIndexLive(
            model_name='customerfigures',
            name='customers_c_bucket_d20b26_idx',
        ),
    ]
