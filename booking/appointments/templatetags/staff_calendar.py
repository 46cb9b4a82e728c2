"""{% load staff_calendar %}: rules of the calendar said in sentences."""

from django import template

from booking.appointments.planning import wording

register = template.Library()

register.filter("say_opening", wording.say_opening)
register.filter("say_rhythm", wording.say_rhythm)
