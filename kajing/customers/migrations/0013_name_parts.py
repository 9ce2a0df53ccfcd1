"""Names by their given part and long names by any: on PostgreSQL built beside the work."""

import kajing.customers.models.names
from django.conf import settings
from django.db import migrations, models

from kajing.customers.migrating import AddIndexLive


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0012_twin_indexes'),
        ('org', '0003_access_ends_at'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    atomic = False

    operations = [
        AddIndexLive(
            model_name='customer',
            index=models.Index(kajing.customers.models.names.NameFromSecond('name'), name='customers_name_second'),
        ),
        AddIndexLive(
            model_name='customer',
            index=models.Index(kajing.customers.models.names.NameFromThird('name'), name='customers_name_third'),
        ),
        AddIndexLive(
            model_name='customer',
            index=models.Index(condition=models.Q(kajing.customers.models.names.LongName('name')), fields=['name'], name='customers_name_long'),
        ),
    ]
