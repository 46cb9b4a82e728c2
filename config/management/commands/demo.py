import os
import shutil
import time
from argparse import ArgumentParser
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.utils import timezone

from config import health
from config.demo import build, busy, families, opening, processes, staff
from config.demo.places import EQUIPPED

WEB = ["gunicorn", "config.wsgi:application", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
WORKER = [
    "celery",
    "-A",
    "config",
    "worker",
    "--queues",
    "celery,calendars",
    "--concurrency",
    "2",
    "--loglevel",
    "INFO",
    "--without-mingle",
]
BEAT = ["celery", "-A", "config", "beat", "--loglevel", "INFO"]
#: Stands in for the public treasury: nobody pays anything here.
PAYFIP = "tests.simulators.payfip"
#: And for the State's sign-in: it lets everybody in as one invented person.
FRANCECONNECT = "tests.simulators.franceconnect"


class Command(BaseCommand):
    help = "Prépare et lance la démonstration : serveur web, ouvrier, minuterie. Ctrl-C arrête tout."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fresh", action="store_true", help="repart de zéro : base et boîte aux lettres vidées")
        parser.add_argument("--prepare-only", action="store_true", help="prépare les données sans rien lancer")

    def handle(self, *args: Any, fresh: bool, prepare_only: bool, **options: Any) -> None:
        if settings.DEMO_MAILBOX is None:
            raise CommandError("La démonstration demande les réglages de développement (config.settings.dev).")
        began = time.monotonic()
        host, port = os.environ.get("HOST", "127.0.0.1"), _port()
        if not prepare_only and not processes.port_is_free(host, port):
            raise CommandError(f"Le port {port} est déjà pris. Choisissez-en un autre : PORT=8001 python3 run.py demo")
        running: list[processes.Running] = []
        try:
            with processes.stoppable():
                self._prepare(fresh, port)
                if prepare_only:
                    return
                self._tell("Démarrage du serveur web, de l’ouvrier et de la minuterie…")
                self._start(running, host, port)
                self.opening = opening.open_soon(timezone.now())
                connections.close_all()
                self._show_addresses(time.monotonic() - began)
                ended = processes.watch(running)
                raise CommandError(
                    f"« {ended.name} » s’est arrêté.\n{_last_lines(ended.log)}\nSon journal : {ended.log}"
                )
        except processes.Interrupted:
            self._tell("\nArrêt…")
        finally:
            processes.stop(running)
        self._tell("Tout est arrêté. Les données restent ; --fresh repart de zéro.")

    def _prepare(self, fresh: bool, port: int) -> None:
        if fresh:
            self._start_over()
        self._tell("Base de données…")
        try:
            if health.unapplied_migrations():
                call_command("migrate", verbosity=0, interactive=False)
        except OperationalError as error:
            raise CommandError(f"La base de données ne répond pas : {error}") from error
        if build.is_empty():
            self._tell("Territoire de démonstration (une demi-minute)…")
            build.build(told=lambda step: self._tell(f"  {step}"))
        busy.point_to(port)
        connections.close_all()

    def _start_over(self) -> None:
        """Drop everything in the database, and the messages. Only for the embedded server, or an empty promise."""
        if os.environ.get("EMBEDDED_DATABASE") != "1" and os.environ.get("DEMO_MAY_ERASE") != "1":
            raise CommandError(
                "--fresh effacerait la base de DATABASE_URL. "
                "Si c’est bien voulu : DEMO_MAY_ERASE=1 python3 run.py demo --fresh"
            )
        self._tell("Tout effacer…")
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
            cursor.execute("CREATE SCHEMA public")
        connections.close_all()
        if settings.DEMO_MAILBOX is not None:
            shutil.rmtree(settings.DEMO_MAILBOX, ignore_errors=True)
        self._forget_queue()

    def _forget_queue(self) -> None:
        from redis.exceptions import RedisError

        from config.celery import app

        try:
            app.control.purge()
        except (RedisError, OSError) as error:
            self.stderr.write(f"La file d’attente n’a pas pu être vidée : {error}")

    def _start(self, running: list[processes.Running], host: str, port: int) -> None:
        var = Path(settings.VAR)
        logs, metrics = var / "logs", var / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)
        metrics.mkdir(parents=True)
        env = {
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
            "PUBLIC_URL": settings.PUBLIC_URL,
            "OPENING_RATE": str(opening.RATE),
        }
        bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        web = [*WEB, "--bind", bind, "--preload", "--config", "python:config.gunicorn"]
        payfip_port = processes.free_port()
        running.append(processes.start("payfip", [PAYFIP, str(payfip_port)], logs=logs))
        if not processes.wait_until(lambda: not processes.port_is_free("127.0.0.1", payfip_port), running, seconds=20):
            raise CommandError(f"Le simulateur de PayFiP ne répond pas. Son journal : {running[0].log}")
        self.payfip_url = f"http://127.0.0.1:{payfip_port}"
        env |= {
            "PAYFIP_SAISIE": "T",
            "PAYFIP_WSDL": f"{self.payfip_url}/tpa/services/securite?wsdl",
            "PAYFIP_PAGE_URL": f"{self.payfip_url}/tpa/paiementws.web",
        }
        fc_port = processes.free_port()
        running.append(processes.start("franceconnect", [FRANCECONNECT, str(fc_port)], logs=logs))
        if not processes.wait_until(lambda: not processes.port_is_free("127.0.0.1", fc_port), running, seconds=20):
            raise CommandError(f"Le simulateur de FranceConnect ne répond pas. Son journal : {running[-1].log}")
        self.franceconnect_url = f"http://127.0.0.1:{fc_port}/api/v2"
        env |= {
            "FRANCECONNECT_URL": self.franceconnect_url,
            "FRANCECONNECT_CLIENT_ID": "guichet",
            "FRANCECONNECT_CLIENT_SECRET": "fictif" * 8,
        }
        # Only the web server's figures are read at /metrics, and only its processes clean up after themselves.
        web_env = env | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)}
        running.append(processes.start("web", web, logs=logs, env=web_env))
        if not processes.wait_until(lambda: _answers(host, port), running, seconds=60):
            raise CommandError(
                f"Le service ne répond pas.\n{_last_lines(running[-1].log)}\nSon journal : {running[-1].log}"
            )
        # The invented foreign calendar is a file that the demonstration's own web server gives out.
        worker_env = env | {"BUSY_CALENDARS_MAY_BE_LOCAL": "1"}
        running.append(processes.start("worker", WORKER, logs=logs, env=worker_env))
        running.append(processes.start("beat", [*BEAT, "--pidfile="], logs=logs, env=env))

    def _show_addresses(self, seconds: float) -> None:
        url = settings.PUBLIC_URL
        equipped = next(iter(EQUIPPED))
        lines = [
            "",
            self.style.SUCCESS(f"Le guichet commun est ouvert ({seconds:.0f} s)."),
            "",
            f"  Portail                 {url}/",
            f"  Une commune équipée     {url}/communes/{equipped}/",
            f"  Une commune sans        {url}/communes/riedisheim/",
            f"  Une piscine             {url}/piscines/piscine-du-canal/horaires/",
            f"  Agents, guichets        {url}/agents/",
            f"  Boîte aux lettres       {url}/boite/",
            f"  Administration          {url}/gestion/",
            f"  État du service         {url}/sante/etat",
            f"  Espace famille          {url}/famille/  ({families.MAILBOX}, code dans la boîte aux lettres)",
            *self._opening_line(url),
            f"  Simulateur FranceConnect {self.franceconnect_url}  (fictif : il connaît une seule personne)",
            f"  Simulateur de PayFiP    {self.payfip_url}/sim/state  (fictif : aucun argent ne circule)",
            "",
            f"  Comptes de démonstration, mot de passe pour tous : {staff.PASSWORD}",
            *(f"    {account.email:<30}{account.what}" for account in staff.ACCOUNTS),
            "",
            f"  Journaux : {Path(settings.VAR) / 'logs'}",
            "  Ctrl-C arrête tout.",
        ]
        for line in lines:
            self._tell(line)

    def _opening_line(self, url: str) -> list[str]:
        if self.opening is None:
            return []
        at = timezone.localtime(self.opening.opens_at)
        waiting = f"({opening.PEOPLE} familles fictives attendent)"
        return [f"  Ouverture à {at:%H h %M}     {url}/piscines/ouvertures/  {waiting}"]

    def _tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _port() -> int:
    given = os.environ.get("PORT", "8000")
    if not given.isdigit() or not 1 <= int(given) <= 65535:
        raise CommandError(f"PORT doit être un nombre entre 1 et 65535, pas « {given} ».")
    return int(given)


def _last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-5:])


def _answers(host: str, port: int) -> bool:
    connection = HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=2)
    try:
        connection.request("GET", "/sante/pret")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
