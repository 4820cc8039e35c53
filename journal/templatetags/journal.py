"""Numbers of the journal in templates."""

from django import template

from journal import numbers

register = template.Library()
register.simple_tag(numbers.delta)
register.simple_tag(numbers.money)
register.filter("price", numbers.price)
register.filter("average", numbers.average)
register.filter("quantity", numbers.exact)
register.filter("compact", numbers.compact)
register.filter("sign", numbers.sign)
register.simple_tag(numbers.percent)
register.simple_tag(numbers.costs)
