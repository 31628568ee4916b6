"""The examples of the README, as they stand there."""

import re
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from poolhouse import OwnServer, cognito_text

README = Path(__file__).parents[2] / "README.md"


def example(section):
    """The Python of a section."""
    text = README.read_text().split(f"\n## {section}\n")[1]
    return re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]


def test_from_a_pool_to_a_group_to_credentials(capsys):
    with OwnServer() as server:
        at_hand = {}
        first = example("Five minutes").replace("http://127.0.0.1:7665", server.endpoint)
        assert server.endpoint in first
        exec(first, at_hand)
        exec(example("Log in with a browser"), at_hand)
        with pytest.raises(ClientError) as denied:
            exec(example("From a group to credentials in five minutes"), at_hand)
        assert cognito_text(denied)[0] == "AccessDeniedException"
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["['admins']", "arn:aws:iam::123456789012:role/admins"]
    assert said[-1] == "['alice']"
