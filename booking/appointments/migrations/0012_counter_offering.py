from django.db import migrations


class Migration(migrations.Migration):
    """The name alone: the table stays, and so do its rows and its statements."""

    dependencies = [("appointments", "0011_free_time_in_order")]

    operations = [
        migrations.AlterModelTable("offer", "appointments_offer"),
        migrations.RenameModel("Offer", "CounterOffering"),
    ]
