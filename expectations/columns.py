"""What are a field's columns in its fact table called? Asked by suites that judge and models that build them.

One contract field becomes up to five columns of `fct_handoff_<id>`, all prefixed so that no field name can meet a
packet column or a reserved word:

| column | type | null means |
|---|---|---|
| `f_<field>` | the field's own type | no value of that type (missing, unreadable or attested as none) |
| `f_<field>__given` | `value`, `none` (attested), `unreadable`, `unobservable`, `forgotten`, `not required` | missing |
| `f_<field>__unreadable` | text | what was written casts to the field's type |
| `f_<field>__items` | integer, list fields | not a list |
| `f_<field>__age_days` | double, fields with `max_age_days` | no value |
"""

from __future__ import annotations

from contracts import Field

TYPES_THAT_MAY_NOT_CAST = frozenset({"number", "date", "datetime", "boolean", "list"})
"""Any text is a text or a choice; the other types can meet text they cannot read."""

SQL_TYPES = {
    "text": "varchar",
    "choice": "varchar",
    "list": "varchar",
    "number": "double",
    "date": "date",
    "datetime": "timestamptz",
    "boolean": "boolean",
}
"""Field type → column type of `f_<field>`; a list stays JSON text beside its count."""


def value(field: Field) -> str:
    """Name of the column that holds the value."""
    return f"f_{field.name}"


def given(field: Field) -> str:
    """Name of the column that says whether and how the field was given."""
    return f"f_{field.name}__given"


def unreadable(field: Field) -> str:
    """Name of the column that keeps a text its type cannot read."""
    return f"f_{field.name}__unreadable"


def items(field: Field) -> str:
    """Name of the column that counts the items of a list."""
    return f"f_{field.name}__items"


def age_days(field: Field) -> str:
    """Name of the column that says how many days old the field was."""
    return f"f_{field.name}__age_days"


def of(field: Field) -> dict[str, str]:
    """Every column of one field → its SQL type, in the order the fact table has them."""
    columns = {value(field): SQL_TYPES[field.type], given(field): "varchar"}
    if field.type in TYPES_THAT_MAY_NOT_CAST:
        columns[unreadable(field)] = "varchar"
    if field.type == "list":
        columns[items(field)] = "integer"
    if field.max_age_days is not None:
        columns[age_days(field)] = "double"
    return columns
