"""What a browser calls itself, in words a person recognises."""

from django import template

register = template.Library()

#: The first that occurs wins: each later one is also named by those before it.
BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def say_browser(user_agent: str) -> str:
    """« Firefox, Windows »; what is not known stays as it is, cut short."""
    named = [next((word for mark, word in known if mark in user_agent), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(word for word in named if word) or user_agent[:60]
