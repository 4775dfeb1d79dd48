#!/bin/sh
# Holds a sandbox's namespaces open. As process 1 of a shared process namespace it must reap what is
# left to it, which the shell does whenever a child ends during `wait`; and it must end at once on TERM,
# for nothing else in a sandbox needs time.
trap 'exit 0' TERM INT
while :; do
  sleep 2147483647 &
  wait $!
done
