# Copyright (c) 2026, the secops.incident_closure contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a request for each of many incidents, on several threads. This file is private to the collection and may change in any release."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from ansible_collections.secops.incident_closure.plugins.module_utils._errors import ClientError
from ansible_collections.secops.incident_closure.plugins.module_utils._http_client import MAX_CONNECTIONS

T = TypeVar("T")


def run_for_each(function: Callable[[str], T], ids: Sequence[str]) -> Iterator[tuple[str, T | ClientError]]:
    """Yield (id, result of the function or its ClientError) in the order of their ends; stop after a fatal error.

    :param function: called with each id, on several threads.
    """

    def find_outcome(incident: str) -> T | ClientError:
        try:
            return function(incident)
        except ClientError as error:
            return error

    if len(ids) == 1:  # saves the import and the thread
        yield ids[0], find_outcome(ids[0])
    elif ids:
        from concurrent.futures import ThreadPoolExecutor, as_completed  # noqa: PLC0415

        with ThreadPoolExecutor(min(len(ids), MAX_CONNECTIONS)) as pool:
            futures = {pool.submit(find_outcome, incident): incident for incident in ids}
            for future in as_completed(futures):
                if future.cancelled():
                    continue
                answer = future.result()
                if isinstance(answer, ClientError) and answer.fatal:
                    for other in futures:
                        other.cancel()
                yield futures[future], answer
