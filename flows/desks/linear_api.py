"""What does Linear understand, and what do its refusals mean? The queries of its desk, and its errors as ours.

https://linear.app/developers/graphql#error-handling
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flows.desks.answers import message_of, words_in
from flows.desks.desk import Denied, DeskError, Down, Gone, Refused, Unclear

if TYPE_CHECKING:
    from requests import Response

RIGHTS: Final = "read and write, in an account that is a member of the team"
ISSUE: Final = "id identifier url title description createdAt trashed archivedAt state { type } team { key }"
ISSUES: Final = f"""query Issues($filter: IssueFilter, $after: String) {{
    issues(filter: $filter, first: 100, after: $after, includeArchived: true) {{
        nodes {{ {ISSUE} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
SAID: Final = """query Said($filter: IssueFilter, $after: String) {
    issues(filter: $filter, first: 10, after: $after, includeArchived: true) {
        nodes {
            id
            comments(first: 50) { nodes { id body createdAt user { email } } }
            history(first: 50) { nodes { id createdAt actor { email } addedLabels { name } toState { name } } }
        } pageInfo { hasNextPage endCursor } } }"""
LOOK: Final = f"query Look($id: String!) {{ issue(id: $id) {{ {ISSUE} }} }}"
TEAM: Final = """query Team($key: String!, $label: String!) {
    teams(filter: {key: {eqIgnoreCase: $key}}, first: 1) {
        nodes { id states(first: 100) { nodes { id name type position } } } }
    issueLabels(filter: {name: {eq: $label}}) { nodes { id team { key } } } }"""
USER: Final = (
    "query User($email: String!) { users(filter: {email: {eqIgnoreCase: $email}}) { nodes { id active } } }"
)
CREATE: Final = f"""mutation Create($input: IssueCreateInput!) {{
    issueCreate(input: $input) {{ success issue {{ {ISSUE} }} }} }}"""
UPDATE: Final = """mutation Update($id: String!, $input: IssueUpdateInput!) {
    issueUpdate(id: $id, input: $input) { success } }"""
LABEL: Final = """mutation Label($input: IssueLabelCreateInput!) {
    issueLabelCreate(input: $input) { success issueLabel { id } } }"""


def explain(response: Response) -> DeskError | None:
    """What the errors of an answer mean: GraphQL answers 200 or 400 with them, whatever is wrong."""
    try:
        told = response.json()
        errors = told.get("errors") if isinstance(told, dict) else None
    except ValueError:
        return None
    if not errors:
        return None
    extensions = [one.get("extensions") or {} for one in errors if isinstance(one, dict)]
    kind = " ".join(str(one.get(name, "")) for one in extensions for name in ("code", "type")).lower()
    said = "; ".join(words_in([one.get("userPresentableMessage") for one in extensions])) or message_of(
        response
    )
    said = " ".join(said.split())[:300]
    if "ratelimited" in kind.replace("_", ""):
        return Down(f"Linear asks us to wait ({said}); a later run sends the rest")
    if "authentication" in kind:
        return Denied(f"Linear does not know the token ({said}); the token was refused: renew it")
    if "forbidden" in kind or "feature" in kind or "usage" in kind:
        return Denied(f"Linear refuses this ({said}); give the token {RIGHTS}")
    if "not found" in said.lower():
        return Gone(f"Linear has none ({said})")
    if "input" in kind or "user" in kind:
        return Refused(f"Linear refuses it ({said})")
    if "graphql" in kind:
        return Denied(f"Linear does not understand us ({said}); report this as a bug")
    return Unclear(f"Linear failed ({said}): done or not, a later run finds out")
