import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from municipalities.database.cached import watch


class Migration(migrations.Migration):
    """Rights follow who runs a facility: a municipality is one operator, and the others have roles and an identity."""

    dependencies = [
        ('municipalities', '0006_one_operator_per_municipality'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='staffrole',
            name='role_names_at_most_one_place',
        ),
        migrations.RemoveConstraint(
            model_name='staffrole',
            name='role_that_spans_the_territory_is_for_managers_and_auditors',
        ),
        migrations.AddField(
            model_name='operator',
            name='address',
            field=models.CharField(blank=True, max_length=200, verbose_name='adresse postale'),
        ),
        migrations.AddField(
            model_name='operator',
            name='colour',
            field=models.CharField(default='#1f4e79', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-f]{6}\\Z', 'Une couleur s’écrit # suivi de six chiffres ou lettres a-f.')], verbose_name='couleur'),
        ),
        migrations.AddField(
            model_name='operator',
            name='email',
            field=models.EmailField(blank=True, max_length=254, verbose_name='adresse électronique'),
        ),
        migrations.AddField(
            model_name='operator',
            name='phone',
            field=models.CharField(blank=True, max_length=20, verbose_name='téléphone'),
        ),
        migrations.AddField(
            model_name='operator',
            name='sender_email',
            field=models.EmailField(blank=True, max_length=254, verbose_name='adresse de l’expéditeur'),
        ),
        migrations.AddField(
            model_name='operator',
            name='sender_name',
            field=models.CharField(blank=True, max_length=80, verbose_name='nom de l’expéditeur'),
        ),
        migrations.AddField(
            model_name='operator',
            name='website',
            field=models.URLField(blank=True, verbose_name='site'),
        ),
        migrations.AddField(
            model_name='staffrole',
            name='operator',
            field=models.ForeignKey(blank=True, limit_choices_to={'municipality__isnull': True}, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='roles', to='municipalities.operator', verbose_name='gestionnaire'),
        ),
        migrations.AlterField(
            model_name='operator',
            name='municipality',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='operator', to='municipalities.municipality', verbose_name='commune'),
        ),
        migrations.AlterField(
            model_name='staffrole',
            name='role',
            field=models.CharField(choices=[('agent', 'Agent d’accueil'), ('facility_manager', 'Responsable d’établissement'), ('municipality_manager', 'Responsable de commune'), ('operator_staff', 'Personnel du délégataire'), ('operator_manager', 'Responsable chez un gestionnaire'), ('territory_manager', 'Responsable du territoire'), ('auditor', 'Contrôle')], max_length=24, verbose_name='rôle'),
        ),
        migrations.AddConstraint(
            model_name='operator',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'municipality'), ('municipality__isnull', False)), models.Q(models.Q(('kind', 'municipality'), _negated=True), ('municipality__isnull', True)), _connector='OR'), name='operator_that_is_a_municipality_and_only_it_names_one', violation_error_message='Un gestionnaire nomme une commune s’il en est une, et seulement alors.'),
        ),
        migrations.AddConstraint(
            model_name='staffrole',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('facility__isnull', True), ('municipality__isnull', True)), models.Q(('municipality__isnull', True), ('operator__isnull', True)), models.Q(('facility__isnull', True), ('operator__isnull', True)), _connector='OR'), name='role_names_at_most_one_place', violation_error_message='Un rôle vise le territoire, une commune, un établissement ou un gestionnaire.'),
        ),
        migrations.AddConstraint(
            model_name='staffrole',
            constraint=models.CheckConstraint(condition=models.Q(('municipality__isnull', False), ('facility__isnull', False), ('operator__isnull', False), ('role__in', ['territory_manager', 'auditor']), _connector='OR'), name='role_that_spans_the_territory_is_for_managers_and_auditors', violation_error_message='Ce rôle demande une commune, un établissement ou un gestionnaire.'),
        ),
        migrations.AddConstraint(
            model_name='staffrole',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('operator__isnull', False), ('role', 'operator_manager')), models.Q(models.Q(('role', 'operator_manager'), _negated=True), ('operator__isnull', True)), _connector='OR'), name='role_in_an_operator_is_its_managers_and_no_other', violation_error_message='Chez un gestionnaire, le seul rôle est celui de son responsable.'),
        ),
        watch("municipalities_operator"),
    ]
