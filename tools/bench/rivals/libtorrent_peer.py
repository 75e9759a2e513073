"""A libtorrent peer for the benchmarks: one torrent, moved by signals.

Its only argument is JSON: settings (of the session), torrent, folder, seeds, peers ([host, port] each). It writes "ready" when it
can begin, begins on SIGUSR2 (a seeder at once), and writes "complete" when every piece is there and checked.
"""
import json
import signal
import sys

import libtorrent as lt

STATUS_ALERTS = int(lt.alert.category_t.status_notification)
CONNECTIONS = 500


def add(session, plan):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(plan["torrent"])
    params.save_path = plan["folder"]
    params.flags &= ~(lt.torrent_flags.auto_managed | lt.torrent_flags.paused)
    handle = session.add_torrent(params)
    handle.set_max_connections(CONNECTIONS)
    handle.set_max_uploads(CONNECTIONS)
    for host, port in plan["peers"]:
        handle.connect_peer((host, port))


def until_finished(session):
    while True:
        session.wait_for_alert(1000)
        if any(isinstance(alert, lt.torrent_finished_alert) for alert in session.pop_alerts()):
            return


def main():
    plan = json.loads(sys.argv[1])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    session = lt.session({**plan["settings"], "alert_mask": STATUS_ALERTS})
    if not plan["seeds"]:
        print("ready", flush=True)
        signal.sigwait({signal.SIGUSR2})
    add(session, plan)
    until_finished(session)
    print("ready" if plan["seeds"] else "complete", flush=True)
    while True:
        signal.pause()


main()
