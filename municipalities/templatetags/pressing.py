"""`{% csrf_token %}` of every template of ours: the token, and the key by which a press is told from another one.

In place of Django's own, so that a form that creates something cannot lack it.
"""

from django.template import Library, Node
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode

from municipalities.idempotency import FIELD, new_key
from municipalities.jinja import draw

register = Library()


class FormKeysNode(Node):
    child_nodelists = ()

    def render(self, context: Context) -> str:
        return CsrfTokenNode().render(context) + draw("municipalities/key.html", name=FIELD, key=new_key())


@register.tag
def csrf_token(_parser: Parser, _token: Token) -> FormKeysNode:
    return FormKeysNode()
