"""What a request may carry, read from stripe-python's own typed dictionaries.

`stripe.params` is generated from Stripe's specification for exactly the pinned API version, so
an unknown name or a bad enum is refused here as Stripe refuses it. Values come back typed.
"""

import functools
import importlib
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from billing.fakestripe.errors import StripeError
from billing.fakestripe.store import Obj

BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


@functools.cache
def _class(name: str) -> type:
    """`customer_create` or `checkout.session_create` -> the class of its parameters."""
    package, _, leaf = name.rpartition(".")
    module = ".".join(filter(None, ["stripe.params", package, f"_{leaf}_params"]))
    title = "".join(word.title() for word in leaf.split("_")) + "Params"
    found: type = getattr(importlib.import_module(module), title)
    return found


@functools.cache
def _fields(cls: type) -> dict[str, Any]:
    # StripeContext and Mapping are imported under TYPE_CHECKING only, or in another module.
    hints = get_type_hints(cls, localns={"StripeContext": object, "Mapping": Mapping})
    options = importlib.import_module("stripe._request_options").RequestOptions
    return {
        name: hint
        for name, hint in hints.items()
        if name not in options.__annotations__
    }


def clean(name: str, raw: Obj) -> Obj:
    """The parameters typed as the API documents them; StripeError 400 on the first bad one."""
    return _dictionary(_class(name), raw, "")


def expand_only(raw: Obj) -> Obj:
    """For retrieves, which may carry nothing but `expand`."""
    _refuse_unknown([name for name in raw if name != "expand"])
    return raw


def _refuse_unknown(names: list[str]) -> None:
    if names:
        plural = "s" if len(names) > 1 else ""
        raise StripeError(
            f"Received unknown parameter{plural}: {', '.join(names)}",
            code="parameter_unknown",
            param=names[0],
        )


def _dictionary(cls: type, raw: Obj, path: str) -> Obj:
    fields = _fields(cls)
    where = f"{path}[{{}}]" if path else "{}"
    _refuse_unknown([where.format(name) for name in raw if name not in fields])
    for name in sorted(getattr(cls, "__required_keys__", ())):
        if name not in raw:
            label = where.format(name)
            raise StripeError(
                f"Missing required param: {label}.",
                code="parameter_missing",
                param=label,
            )
    return {
        name: _value(fields[name], value, where.format(name))
        for name, value in raw.items()
    }


def _value(hint: Any, value: Any, path: str) -> Any:
    options = (
        list(get_args(hint)) if get_origin(hint) in {Union, types.UnionType} else [hint]
    )
    if isinstance(value, dict):
        return _nested(options, value, path)
    if isinstance(value, list):
        return _list(options, value, path)
    return _leaf(options, value, path)


def _nested(options: list[Any], value: Obj, path: str) -> Any:
    for option in options:
        if _is_shape(option):
            return _dictionary(option, value, path)
    if any(get_origin(option) is dict for option in options):
        return {key: str(item) for key, item in value.items()}
    raise StripeError("Invalid object", code="parameter_invalid_object", param=path)


def _list(options: list[Any], value: list[Any], path: str) -> Any:
    for option in options:
        if get_origin(option) is list:
            inner = get_args(option)[0]
            return [
                _value(inner, item, f"{path}[{index}]")
                for index, item in enumerate(value)
            ]
    # A free-form map whose keys happen to be 0, 1, 2 …
    return _nested(
        options, {str(index): item for index, item in enumerate(value)}, path
    )


def _leaf(options: list[Any], value: str, path: str) -> Any:
    choices = [choice for option in options for choice in _choices(option)]
    if value in choices:
        return value
    if value == "":
        raise _empty(path)
    for kind, convert in ((bool, _boolean), (int, _integer), (float, _number)):
        if kind in options:
            return convert(value, path, choices)
    if choices and any(choices):
        raise _bad_choice([choice for choice in choices if choice], path)
    if all(
        _is_shape(option) or get_origin(option) in {list, dict} for option in options
    ):
        raise StripeError(f"Invalid {path}", code="parameter_invalid", param=path)
    return value


def _is_shape(option: Any) -> bool:
    # typing.is_typeddict does not know the typing_extensions class stripe-python uses.
    return isinstance(option, type) and hasattr(option, "__required_keys__")


def _choices(option: Any) -> tuple[Any, ...]:
    return get_args(option) if get_origin(option) is Literal else ()


def _empty(path: str) -> StripeError:
    return StripeError(
        f"You passed an empty string for '{path}'. We assume empty values are an attempt to "
        f"unset a parameter; however '{path}' cannot be unset. You should remove '{path}' from "
        "your request or supply a non-empty value.",
        code="parameter_invalid_empty",
        param=path,
    )


def _bad_choice(choices: list[str], path: str) -> StripeError:
    *head, last = choices
    joiner = ", or " if len(head) > 1 else " or "
    text = f"{', '.join(head)}{joiner}{last}" if head else last
    return StripeError(f"Invalid {path}: must be one of {text}", param=path)


def _boolean(value: str, path: str, _choices: list[str]) -> bool:
    if value.lower() not in BOOLEANS:
        raise StripeError(
            f"Invalid boolean: {value}", code="parameter_invalid_boolean", param=path
        )
    return BOOLEANS[value.lower()]


def _integer(value: str, path: str, choices: list[str]) -> int:
    try:
        return int(value)
    except ValueError:
        if any(choices):
            raise _bad_choice([*filter(None, choices), "a timestamp"], path) from None
        raise StripeError(
            f"Invalid integer: {value}", code="parameter_invalid_integer", param=path
        ) from None


def _number(value: str, path: str, _choices: list[str]) -> float:
    # Percentages only; money never arrives as a fraction (unit_amount_decimal stays text).
    try:
        return float(value)
    except ValueError:
        raise StripeError(f"Invalid decimal: {value}", param=path) from None
