# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.secops.incident_closure.plugins.filter import closable_incidents
from ansible_collections.secops.incident_closure.plugins.plugin_utils._products import PRODUCTS, argument_spec

yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")

COLLECTION = Path(__file__).absolute().parents[4]
D3, ESET = PRODUCTS["d3"], PRODUCTS["eset"]


def read(name):
    return yaml.safe_load((COLLECTION / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=list(PRODUCTS))
def test_a_product_names_options_of_its_module(product):
    named = {product.ids_option, product.comment_option, product.reason_option, "held_back"} - {""}
    assert named <= set(argument_spec(product.module))


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=list(PRODUCTS))
def test_both_modules_of_a_product_have_the_same_connection_options(product):
    reading, closing = argument_spec(product.reading_module), argument_spec(product.module)
    assert {product.ids_option, "url" if product is D3 else "api_url", "deadline"} <= set(reading) & set(closing)
    assert ("devices" in reading) == bool(product.device_variable)


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=list(PRODUCTS))
def test_a_product_has_an_action_group_with_both_modules(product):
    assert read("meta/runtime.yml")["action_groups"][product.name] == [product.module, product.reading_module]


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=list(PRODUCTS))
def test_the_role_documents_the_variables_of_a_product(product):
    specs = read("roles/close_incidents/meta/argument_specs.yml")["argument_specs"]
    assert {product.options_variable, f"close_incidents_{product.ids_option}"} <= set(specs["main"]["options"])


def test_the_filter_takes_the_ids_in_the_order_of_the_products():
    documentation = yaml.safe_load(closable_incidents.DOCUMENTATION)
    _hosts, *positional = documentation["positional"].split(", ")
    assert positional == [product.ids_option for product in PRODUCTS.values()]


def test_derive_the_names_of_variables():
    assert ESET.host_variable == "incident_closure_eset_incidents"
    assert ESET.options_variable == "close_incidents_eset_options"


def test_only_eset_has_closure_reasons():
    assert list(ESET.closure_reasons) == ["unspecified", "true_positive", "false_positive", "suspicious"]
    assert list(D3.closure_reasons) == []


@pytest.mark.parametrize("product", PRODUCTS.values(), ids=list(PRODUCTS))
def test_a_product_has_the_closure_reasons_of_its_module(product):
    option = argument_spec(product.module).get(product.reason_option, {})
    assert list(product.closure_reasons) == option.get("choices", [])


@pytest.mark.parametrize("given", [None, "", {}])
def test_empty_options_are_an_empty_dictionary(given):
    assert D3.read_options(given) == {}


def test_an_option_without_a_value_is_left_out():
    assert D3.read_options({"url": "x", "site": "", "jwt": None}) == {"url": "x"}


def test_an_unknown_option_is_rejected_without_its_value():
    with pytest.raises(ValueError) as error:
        D3.read_options({"apikey": "S3CRET"})
    assert str(error.value) == "close_incidents_d3_options: apikey is not an option of d3_close_incidents_bulk"


@pytest.mark.parametrize(("given", "kind"), [("url=x", "a string"), (["url"], "a list")])
def test_options_are_a_dictionary(given, kind):
    with pytest.raises(ValueError, match=f"^close_incidents_d3_options must be a dictionary, not {kind}$"):
        D3.read_options(given)


def test_return_the_arguments_for_a_chunk():
    chunk = {"ids": ["1"], "comment": "c", "closure_reason": "suspicious", "held_back": ["2"]}
    assert D3.make_arguments(chunk) == {"incident_numbers": ["1"], "conclusion": "c", "held_back": ["2"]}
    assert ESET.make_arguments(chunk) == {
        "incident_uuids": ["1"],
        "final_comment": "c",
        "closure_reason": "suspicious",
        "held_back": ["2"],
    }
    assert ESET.make_arguments({"ids": ["1"]}) == {"incident_uuids": ["1"], "held_back": []}
