from django import template

from municipalities.jinja import draw

register = template.Library()
#: `{% fragment "counter/day_rows.html" rows=rows %}`: it sees what it is given here and nothing else of the page.
register.simple_tag(draw, name="fragment")
