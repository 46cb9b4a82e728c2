"""The ten instances of the contract, whole, and the command that anybody may run again."""

import hashlib
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from booking.nurseries.allocation.answers import allocate
from booking.nurseries.audit import findings
from tests.house import ROOT

FILES = sorted((Path(__file__).parent / "rounds_of_the_contract").glob("*.json"))


def test_all_ten_are_here():
    assert len(FILES) == 10


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_instance_is_answered_as_the_contract_says(file):
    case = json.loads(file.read_text())
    answer, expected = allocate(case["round"]), case["expected"]
    seats = answer["seats"].items()
    assert {child: seat["facility"] for child, seat in seats} == expected["seats"]
    assert {child: seat["start"] for child, seat in seats} == expected["starts"]
    assert {child: seat["half_days"] for child, seat in seats} == expected["days"]
    assert {child: seat["route"] for child, seat in seats} == expected["routes"]
    wishes = answer["wishes"].items()
    assert {c: {f: one["answer"] for f, one in wish.items()} for c, wish in wishes} == expected["answers"]
    because = {
        child: {
            facility: [one["because"][key] for key in ("limit", "month", "half_day", "band")]
            for facility, one in wish.items()
            if one["answer"] == "full"
        }
        for child, wish in wishes
    }
    assert {child: full for child, full in because.items() if full} == expected["because"]
    assert answer["contested"] == expected["contested"]
    assert findings(case["round"], answer) == []


def the_round(number: int) -> dict:
    return json.loads(FILES[number - 1].read_text())["round"]


def test_what_a_full_answer_counts():
    """Instance 1: Ben reads the last points, Dia the file completed earlier, both from the counts of the day."""
    wishes = allocate(the_round(1))["wishes"]
    ben, dia = wishes["ben"]["A"], wishes["dia"]["A"]
    assert (ben["because"]["free"], ben["because"]["taken"], ben["because"]["need"]) == (1, 1, 1)
    assert (ben["because"]["last_points"], ben["because"]["last_route"], ben["points"]) == (50, "open", 40)
    assert dia["tie"] == {"by": "complete_on", "last": "2027-02-01", "own": "2027-03-01"}
    hours = allocate(the_round(3))["wishes"]["ben"]["A"]["because"]
    assert (hours["free"], hours["taken"], hours["need"]) == (10, 5, 10)


def test_equal_points_and_date_are_told_apart_by_the_draw():
    round = the_round(1)
    round["children"]["cem"]["complete_on"] = "2027-03-01"
    assert allocate(round)["wishes"]["eli"]["A"]["tie"] == {"by": "draw", "last": 2, "own": 4}


def test_the_digest_is_that_of_the_file_as_the_contract_writes_it():
    round = the_round(9)
    text = json.dumps(round, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert allocate(round)["digest"] == hashlib.sha256(text.encode()).hexdigest()


def run(tmp_path: Path, round: object, *options: str, seed: str = "0") -> subprocess.CompletedProcess[bytes]:
    file = tmp_path / "session.json"
    file.write_text(round if isinstance(round, str) else json.dumps(round))
    env = os.environ | {"PYTHONHASHSEED": seed, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    command = [sys.executable, "manage.py", "allocate", str(file), *options]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, check=False)


def test_the_same_round_gives_the_same_bytes_in_any_process(tmp_path):
    first, second = (run(tmp_path, the_round(10), seed=seed) for seed in ("1", "2"))
    assert first.returncode == 0 and first.stdout == second.stdout
    assert json.loads(first.stdout) == allocate(the_round(10))


def test_a_refused_round_has_a_sentence_and_a_code(tmp_path):
    refused = run(tmp_path, '{"version": 1, "version": 1}')
    assert refused.returncode != 0 and refused.stdout == b""
    assert refused.stderr.decode() == "CommandError: Les clés d’un objet : « version » est écrit deux fois.\n"


def test_the_command_counts_again(tmp_path):
    (tmp_path / "session.json").write_text(json.dumps(the_round(1)))
    out = StringIO()
    call_command("allocate", tmp_path / "session.json", "--audit", stdout=out)
    assert out.getvalue().startswith("La réponse est juste")


def test_the_command_names_what_is_false(tmp_path):
    answer = allocate(the_round(1))
    answer["wishes"]["ben"]["A"]["because"]["last_points"] = 30
    (tmp_path / "reponse.json").write_text(json.dumps(answer))
    judged = run(tmp_path, the_round(1), "--audit", "--answer", str(tmp_path / "reponse.json"))
    assert judged.returncode != 0
    assert judged.stdout.decode() == "ben, A : places 2027-09 mon_am : le dernier admis n’est pas celui qui est dit.\n"
    assert judged.stderr.decode() == "CommandError: La réponse est fausse en 1 point.\n"
