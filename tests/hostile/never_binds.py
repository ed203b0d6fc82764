"""Runs for ever and listens on no port."""

import time

print("starting", flush=True)
while True:
    time.sleep(60)
