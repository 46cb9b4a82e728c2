from django.db import models


class Visitor(models.Model):
    email = models.EmailField()
