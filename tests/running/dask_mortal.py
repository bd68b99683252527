"""Two workers of the scheduler at argv[1], each of which ends by argv[2] after some argv[3] s.

Whenever one has ended, another is started in its place. Prints "started" and each that ended.
"""

import asyncio
import subprocess
import sys
import time

from distributed import Worker
from distributed.chaos import KillWorker


async def work(scheduler, mode, delay):
    address = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    async with Worker(scheduler, nthreads=1, **address) as worker:
        await worker.plugin_add(KillWorker(delay=f"{delay} s", mode=mode))
        await worker.finished()


def replace_for_ever(words):
    places = [None, None]
    print("started", flush=True)
    while True:
        for place, worker in enumerate(places):
            if worker is not None and worker.poll() is not None:
                print("ended", worker.returncode, flush=True)
                worker = None
            if worker is None:
                places[place] = subprocess.Popen(
                    [sys.executable, __file__, *words, "once"], stdout=subprocess.DEVNULL
                )
        time.sleep(0.1)


if __name__ == "__main__":
    *words, last = sys.argv[1:]
    if last == "once":
        asyncio.run(work(*words))
    else:
        replace_for_ever([*words, last])
