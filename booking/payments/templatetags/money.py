from django import template

from booking.payments.sums import say_cents

register = template.Library()
register.filter("cents", say_cents)
