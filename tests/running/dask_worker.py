"""A worker, in a process of its own, of the scheduler at argv[1]; prints its address."""

import asyncio
import sys

from distributed import Worker


async def work():
    address = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    async with Worker(sys.argv[1], nthreads=1, **address) as worker:
        print(worker.address, flush=True)
        await worker.finished()


if __name__ == "__main__":
    asyncio.run(work())
