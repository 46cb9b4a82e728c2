"""{% load staff_calendar %}: rules of the calendar said in sentences."""

from django import template

from booking.appointments import staff_wording

register = template.Library()

register.filter("say_opening", staff_wording.say_opening)
