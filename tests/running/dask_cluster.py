"""A scheduler with argv[1] workers, all in this process; prints its address.

With three files more - who signs, a certificate and its key - it speaks TLS.
"""

import sys
import time

from distributed import LocalCluster, Security

if __name__ == "__main__":
    number, *files = sys.argv[1:]
    address = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "protocol": "tcp"}
    if files:
        ca, cert, key = files
        names = {f"tls_{who}_cert": cert for who in ("scheduler", "worker", "client")}
        names |= {f"tls_{who}_key": key for who in ("scheduler", "worker", "client")}
        security = Security(tls_ca_file=ca, require_encryption=True, **names)
        address |= {"protocol": "tls://", "security": security}
    workers = {"n_workers": int(number), "threads_per_worker": 1, "processes": False}
    with LocalCluster(**workers, **address) as cluster:
        print(cluster.scheduler_address, flush=True)
        time.sleep(600)
