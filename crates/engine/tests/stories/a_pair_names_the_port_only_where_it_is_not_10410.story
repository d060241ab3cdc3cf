# "SERVER being IP, or IP:PORT where the port is not the default, 10410 (IP:10410 is
# accepted too)"
line 3
stranger 1
stranger 3

1 -> 2: 0000000001/10.0.0.1:10410
  2 -> 1: 0000000001/10.0.0.1
  2 -> 3: 0000000001/10.0.0.1
# That port of that host is no server of this line.
1 -> 2: 0000000002/10.0.0.1:10411
  2 drops it: a list with an unknown server
