"""The demonstration's processes and its command."""

import io
import os
import signal
import socket
import time

import pytest
from django.core.management import CommandError, call_command

from config.demo import build, processes


class TestProcesses:
    def sleeper(self, tmp_path, code="import time; time.sleep(60)"):
        (tmp_path / "sleeper.py").write_text(code)
        return processes.start("sleeper", ["sleeper"], logs=tmp_path / "logs", env={"PYTHONPATH": str(tmp_path)})

    def test_stop_ends_the_whole_group(self, tmp_path):
        code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
        one = self.sleeper(tmp_path, code)
        time.sleep(0.5)
        processes.stop([one])
        assert one.process.poll() is not None
        with pytest.raises(ProcessLookupError):
            for _ in range(50):
                os.killpg(one.process.pid, 0)
                time.sleep(0.1)

    def test_stop_insists(self, tmp_path, monkeypatch):
        monkeypatch.setattr(processes, "PATIENCE", 0.3)
        one = self.sleeper(
            tmp_path, "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(60)"
        )
        assert processes.wait_until(lambda: "up" in one.log.read_text(), [one], seconds=60)
        processes.stop([one])
        assert one.process.returncode == -signal.SIGKILL

    def test_watch_tells_who_ended(self, tmp_path):
        one, short = self.sleeper(tmp_path), self.sleeper(tmp_path, "print('done')")
        assert processes.watch([one, short], every=0.05) in (one, short)
        processes.stop([one, short])

    def test_waiting_ends_when_a_process_dies_or_time_is_over(self, tmp_path):
        one = self.sleeper(tmp_path, "print('done')")
        one.process.wait()
        assert not processes.wait_until(lambda: False, [one], seconds=5)
        assert not processes.wait_until(lambda: False, [], seconds=0.2)

    def test_a_taken_port_is_told(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            assert not processes.port_is_free("127.0.0.1", taken.getsockname()[1])
        assert processes.port_is_free("::1", 0)

    def test_signals_interrupt_once(self):
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(processes.Interrupted), processes.stoppable():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        assert signal.getsignal(signal.SIGTERM) is before


class TestCommand:
    def test_only_with_development_settings(self, settings):
        settings.DEMO_MAILBOX = None
        with pytest.raises(CommandError, match="réglages de développement"):
            call_command("demo")

    def test_a_port_that_is_none(self, monkeypatch):
        monkeypatch.setenv("PORT", "http")
        with pytest.raises(CommandError, match="PORT doit être un nombre"):
            call_command("demo")

    def test_a_port_that_is_taken(self, monkeypatch):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
            with pytest.raises(CommandError, match="déjà pris"):
                call_command("demo")

    def test_somebody_elses_database_is_not_erased(self, monkeypatch):
        monkeypatch.delenv("EMBEDDED_DATABASE", raising=False)
        monkeypatch.delenv("DEMO_MAY_ERASE", raising=False)
        with pytest.raises(CommandError, match="effacerait la base"):
            call_command("demo", fresh=True, prepare_only=True, stdout=io.StringIO())

    @pytest.mark.django_db
    def test_an_empty_database_is_filled(self, monkeypatch):
        from django.db import connections

        called = []
        monkeypatch.setattr(build, "build", lambda *, told: called.append(told("39 communes")))
        monkeypatch.setattr(connections, "close_all", lambda: None)
        out = io.StringIO()
        call_command("demo", prepare_only=True, stdout=out)
        assert called
        assert "39 communes" in out.getvalue()
