from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_customer")]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="email_confirmed_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="e-mail address confirmed"
            ),
        )
    ]
