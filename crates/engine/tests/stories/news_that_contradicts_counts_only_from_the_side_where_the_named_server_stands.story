# "of a server to the left only from the left neighbour, of one to the right only from
# the right one. From the other side it is an old echo, and is ignored; so is a pair
# that names the receiver itself."
line 5
stranger 1
stranger 2
stranger 4
stranger 5

2 -> 3: 0000000001/10.0.0.1
  3 -> 2: 0000000001/10.0.0.1
  3 -> 4: 0000000001/10.0.0.1
# From the wrong side.
4 -> 3: 0000000001/10.0.0.2
  3: an old echo
2 -> 3: 0000000001/10.0.0.4
  3: an old echo
2 -> 3: 0000000001/10.0.0.5
  3: an old echo
where 0000000001
  3 knows 0000000001 at 1
# From the proper one.
2 -> 3: 0000000001/10.0.0.2
  3 -> 2: 0000000001/10.0.0.2
  3 -> 4: 0000000001/10.0.0.2
4 -> 3: 0000000001/10.0.0.5
  3 -> 2: 0000000001/10.0.0.5
  3 -> 4: 0000000001/10.0.0.5
4 -> 3: 0000000001/10.0.0.4
  3 -> 2: 0000000001/10.0.0.4
  3 -> 4: 0000000001/10.0.0.4

# The receiver itself is named: ignored from both sides, known or unknown.
2 -> 3: 0000000001/10.0.0.3
4 -> 3: 0000000001/10.0.0.3
2 -> 3: 0000000005/10.0.0.3
where 0000000001
  3 knows 0000000001 at 4
where 0000000005
  3 knows 0000000005 at nowhere

# An own client, from the wrong side.
b -> 3: get/0/0000000002//
  3 -> b: send/0//0000000002/
  3 -> 2: 0000000001/10.0.0.4?0000000002/10.0.0.3
  3 -> 4: 0000000001/10.0.0.4?0000000002/10.0.0.3
wait 1s
4 -> 3: 0000000002/10.0.0.1
  3: an old echo
2 -> 3: 0000000002/10.0.0.4
  3: an old echo
where 0000000002
  3 knows 0000000002 at 3
