# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proxy settings: which variable contains the one in use, and what is wrong with it."""

from __future__ import annotations

import os

import pytest

from ansible_collections.secops.incident_closure.plugins.module_utils import _proxies

HINTS = _proxies.PROXY_HINTS


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ["setting", "fault"],
    [
        ("http://proxy:3128 ", "whitespace"),
        ("http://proxy:3128\n", "whitespace"),
        (" http://proxy:3128", "whitespace"),
        ("http://pro xy:3128", "whitespace"),
        ("http://user:pw@proxy :3128", "whitespace"),
        ("http://proxy:\t3128", "whitespace"),
        ("http://proxy\u200b:3128", "whitespace"),
        ("http://user:pa#ss@proxy:3128", "userinfo"),
        ("http://user:1#ss@proxy:3128", "userinfo"),  # requests connects to the host "user"
        ("http://user:pa/ss@proxy:3128", "userinfo"),
        ("http://user:pa?ss@proxy:3128", "userinfo"),
        ("http://user:pa[ss@proxy:3128", "userinfo"),
        ("http://DOMAIN\\user:pw@proxy:3128", "userinfo"),
        ("user:pa#ss@proxy:3128", "userinfo"),
        ("htp://proxy:3128", "scheme"),
        ("ftp://proxy:3128", "scheme"),
        ("'http://proxy:3128'", "scheme"),
        ("://proxy:3128", "scheme"),
        ("http://proxy:port", "port"),
        ("http://proxy:0", "port"),
        ("http://proxy:65536", "port"),
        ("http://proxy:-1", "port"),
        ("http://proxy:3128;", "port"),
        ("http:proxy:3128", "port"),
        ("http://", "host"),
        ("http://:3128", "host"),
        ("http://user:pw@", "host"),  # requests dies of a TypeError
        ("http://proxy..example:3128", "host"),
        ("http://[::1", "host"),
        ("http//proxy:3128", "form"),  # requests connects to the host "http"
        ("http://http://proxy:3128", "form"),
        ("http://wpad.example.com/proxy.pac", "form"),
        ("http://proxy/X", "form"),
        ("http://user:\u043f@proxy:3128", "latin"),
        ("http://user:%D0%BF@proxy:3128", "latin"),
    ],
)
def test_a_wrong_setting_is_explained(figures, setting, fault):
    figures["bad inputs"] += 1
    assert _proxies.find_fault(setting) == HINTS[fault]


@pytest.mark.parametrize(
    "setting",
    [
        "http://proxy:3128",
        "http://proxy:3128/",
        "http://proxy",
        "http://proxy:",
        "HTTPS://proxy:3128",
        "proxy.example.com:3128",
        "//proxy:3128",
        "http://user:p@ss@proxy:3128",
        "http://user:pa%23ss@proxy:3128",
        "http://us er:p%zz@proxy:3128",
        "http://user@[::1]:3128",
        "http://b\u00fccher.example:3128",
        "http://X:paXs@PROXY:3128",
    ],
)
def test_a_setting_that_requests_can_use_is_accepted(setting):
    assert _proxies.find_fault(setting) is None


@pytest.mark.parametrize("scheme", ["socks4", "socks5", "SOCKS5h"])
def test_a_socks_proxy_needs_its_library(monkeypatch, scheme):
    def fail(*args, **kwargs):
        raise _proxies.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", fail)
    assert _proxies.find_fault(f"{scheme}://proxy:1080") == HINTS["library"]


@pytest.mark.parametrize(
    ["environment", "variable"],
    [
        ({"HTTPS_PROXY": "http://a"}, "HTTPS_PROXY"),
        ({"https_proxy": "http://a"}, "https_proxy"),
        ({"HTTPS_PROXY": "http://b", "https_proxy": "http://a"}, "https_proxy"),
        ({"HTTPS_PROXY": "http://a", "https_proxy": "http://a"}, "https_proxy"),
        ({"ALL_PROXY": "http://a"}, "ALL_PROXY"),
        ({"all_proxy": "http://b", "HTTPS_PROXY": "http://a"}, "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://a", "another_variable": "http://a"}, "HTTPS_PROXY"),
        ({"HTTP_PROXY": "http://b"}, None),
        ({"HTTPS_PROXY": "http://a", "NO_PROXY": "example.com"}, None),
        ({}, None),
    ],
)
def test_the_variable_of_the_proxy_in_use_is_found(monkeypatch, environment, variable):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert _proxies.find_proxy("https://soar.example.com/x") == (variable and ("http://a", variable))


@pytest.mark.parametrize(
    ["error", "fault"],
    [
        (_proxies.exceptions.InvalidProxyURL(), "form"),
        (_proxies.HTTPError(), "form"),
        (ValueError(), "form"),
        (TypeError(), "form"),
        (UnicodeError(), "latin"),
        (_proxies.exceptions.InvalidSchema(), "library"),
    ],
)
def test_what_requests_rejects_is_explained(monkeypatch, error, fault):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(_proxies.HTTPAdapter, "proxy_manager_for", fail)
    assert _proxies.find_fault("http://proxy:3128") == HINTS[fault]


@pytest.mark.parametrize(
    ["setting", "asked"],
    [("proxy.example.com:3128", "http://proxy.example.com:3128"), ("https://proxy:3128", "https://proxy:3128")],
)
def test_requests_is_asked_about_the_whole_setting(monkeypatch, setting, asked):
    seen = []
    monkeypatch.setattr(_proxies.HTTPAdapter, "proxy_manager_for", lambda adapter, proxy: seen.append(proxy))
    _proxies.find_fault(setting)
    assert seen == [asked]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_no_variable_names_is_one_of_the_system(monkeypatch, scheme):
    monkeypatch.setattr(_proxies, "get_environ_proxies", lambda url: {scheme: "http://a"})
    assert _proxies.find_proxy(f"{scheme}://soar.example.com") == ("http://a", "the proxy settings of the system")
