"""Whatever stands in a contract, it is read or refused in one line; nothing else comes out."""

import json
import random

import pytest

from contracts import ContractError, load_catalogue
from contracts.yaml_reader import read_document


@pytest.mark.parametrize("name", ["sales_to_delivery", "organisation"])
@pytest.mark.parametrize("odd", ["", "x", "-1", [], {}, ["x"], {"x": "y"}, [[]], [{}], {"x": {}}], ids=repr)
def test_an_odd_value_anywhere_is_read_or_refused_and_never_crashes(project, name, odd):
    path = project.root / "contracts" / f"{name}.yaml"
    document = read_document(path, path.name)
    for place in document.lines:
        content = json.loads(json.dumps(document.content))
        if not place:
            continue
        around = content
        for step in place[:-1]:
            around = around[step]
        around[place[-1]] = odd
        path.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML
        try:
            load_catalogue(project.root)
        except ContractError as error:
            assert str(error).isprintable() and "; " in str(error), place


def test_a_spoilt_file_is_read_or_refused_and_never_crashes(project):
    chance = random.Random(7)
    path = project.root / "contracts/sales_to_delivery.yaml"
    whole = path.read_text(encoding="utf-8")
    for _ in range(100):
        at, length = chance.randrange(len(whole)), chance.randrange(8)
        odd = chance.choice("[]{}&*!|>'\"%@`,:? \n\t-#\x00é")
        path.write_text(whole[:at] + odd + whole[at + length :], encoding="utf-8")
        odd = chance.choice("[]{}&*!|>'\"%@`,:? \n\t-#\x00é")
        path.write_text(whole[:at] + odd + whole[at + length :], encoding="utf-8")
        try:
            load_catalogue(project.root)
        except ContractError as error:
            assert str(error).startswith("contracts/sales_to_delivery.yaml:")
