"""The models against `openapi.json`, which the site writes with `make contract`."""

import inspect
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pydantic
import pytest

import ami_worker
from ami_worker import _models
from ami_worker._client import OPERATIONS

PATH = Path(ami_worker.__file__).with_name("openapi.json")
MODELS = {
    name: model
    for name, model in inspect.getmembers(_models, inspect.isclass)
    if issubclass(model, _models.Schema) and model is not _models.Schema
}


def without_null_defaults(schema: Any) -> Any:
    """ninja's writer leaves a default of null out, pydantic's does not: they mean the same."""
    if isinstance(schema, list):
        return [without_null_defaults(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: without_null_defaults(value)
        for key, value in schema.items()
        if not (key == "default" and value is None)
    }


def contract() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
    return loaded


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_model_is_its_component(name: str) -> None:
    component = contract()["components"]["schemas"][name]
    mode: Any = "serialization" if name.endswith("Out") else "validation"
    schema = MODELS[name].model_json_schema(
        mode=mode,
        ref_template="#/components/schemas/{model}",
    )
    schema.pop("$defs", None)
    assert without_null_defaults(schema) == without_null_defaults(component)


def test_every_component_has_a_model() -> None:
    assert set(contract()["components"]["schemas"]) - {
        "Problem",
        "ProblemError",
    } <= set(MODELS)


def test_every_operation_has_its_method_and_path() -> None:
    served = {
        (method.upper(), path): operation["operationId"]
        for path, methods in contract()["paths"].items()
        for method, operation in methods.items()
    }
    assert served == {where: name for name, where in OPERATIONS.items()}
    assert all(hasattr(ami_worker.Client, name) for name in OPERATIONS)


@pytest.mark.parametrize(
    "value",
    [1, 1.5, True, None, "1e3", "NaN", "Infinity", "-", "", " 1", "1 ", "1\n", "+1",
     ".5", "5.", "١", "1" * 17, "0." + "1" * 13, "1,000"],
)  # fmt: skip
def test_decimals_are_plain_text(value: object) -> None:
    with pytest.raises(pydantic.ValidationError):
        pydantic.TypeAdapter(_models.DecimalText).validate_python(value)


@pytest.mark.parametrize("text", ["0", "-0.5", "9" * 16 + "." + "9" * 12, "10.50"])
def test_decimals_travel_unchanged(text: str) -> None:
    adapter: pydantic.TypeAdapter[Decimal] = pydantic.TypeAdapter(_models.DecimalText)
    value = adapter.validate_python(text)
    assert adapter.dump_json(value).decode() == f'"{text}"'
