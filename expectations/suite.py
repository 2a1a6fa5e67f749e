"""What must Great Expectations find in a packet? One contract version in, one expectation suite (plain JSON) out.

A suite judges a view of `fct_handoff_<id>` that holds just the rows of its version, one per packet and moment; what is
required of a packet (`required_when`, unobservable) is already resolved in the `f_<field>__given` column. The suite is
written without importing Great Expectations, which takes seconds, so that `compile` and `check` stay fast; a test loads
every suite with it.

Bounds are written as floats on purpose. Great Expectations 1.24 inlines the parameters of its failing-rows query by
looking for their text in the SQL: an integer bound 1 is found in the placeholder `$1` itself, and the query keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts import Contract, ContractVersion, Field
from expectations import columns

Expectation = dict[str, Any]

KEY = ["packet_key", "moment"]
"""The grain of a fact table; Great Expectations returns these columns of every failing row."""


def name_of(contract: Contract, version: ContractVersion) -> str:
    """Name and file stem of a version's suite: `<id>` for the version in force, `<id>@<version>` for earlier ones."""
    return contract.id if version is contract.current else f"{contract.id}@{version.version}"


def build(contract: Contract, version: ContractVersion) -> dict[str, Any]:
    """The suite of one contract version, in the JSON form `ExpectationSuite(**suite)` accepts."""
    return {
        "name": name_of(contract, version),
        "meta": {
            "generated": f"by `seamkeeper compile` from contracts/{contract.id}.yaml; do not edit",
            "handoff": contract.id,
            "contract_version": version.version,
            "effective_from": version.effective_from.isoformat(),
        },
        "expectations": [expectation for field in version.fields for expectation in _of_field(field)],
    }


def _of_field(field: Field) -> Iterator[Expectation]:
    if field.required or field.required_when:
        yield _expect(field, "missing", "expect_column_values_to_not_be_null", column=columns.given(field))
    if field.type in columns.TYPES_THAT_MAY_NOT_CAST:
        yield _expect(field, "invalid", "expect_column_values_to_be_null", column=columns.unreadable(field))
    yield from _of_bounds(field)
    if field.max_age_days is not None:
        yield _between(field, "stale", columns.age_days(field), None, field.max_age_days)


def _of_bounds(field: Field) -> Iterator[Expectation]:
    value = columns.value(field)
    if field.min_length is not None or field.max_length is not None:
        yield _expect(
            field,
            "invalid",
            "expect_column_value_lengths_to_be_between",
            column=value,
            **_bounds(field.min_length, field.max_length),
        )
    if field.minimum is not None or field.maximum is not None:
        yield _between(field, "invalid", value, field.minimum, field.maximum)
    if field.type == "choice":
        yield _expect(
            field, "invalid", "expect_column_values_to_be_in_set", column=value, value_set=list(field.values)
        )
    if field.type == "list":
        yield _between(field, "invalid", columns.items(field), field.min_items or 1, None)


def _between(field: Field, fault: str, column: str, low: float | None, high: float | None) -> Expectation:
    return _expect(field, fault, "expect_column_values_to_be_between", column=column, **_bounds(low, high))


def _bounds(low: float | None, high: float | None) -> dict[str, float]:
    bounds = {"min_value": low, "max_value": high}
    return {side: float(bound) for side, bound in bounds.items() if bound is not None}


def _expect(field: Field, fault: str, expectation: str, **kwargs: Any) -> Expectation:
    """One expectation; an optional field's faults are warnings, since they cannot make a packet incomplete."""
    is_required = field.required or bool(field.required_when)
    severity = field.severity if is_required else "warning"
    return {
        "type": expectation,
        "kwargs": kwargs,
        "meta": {"field": field.name, "fault": fault},
        "severity": severity,
    }
