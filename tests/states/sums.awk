# What a recording says of each thread of tests/states/program.py, against what the thread says.
#
#	awk -f sums.awk FILE EVENTS	(EVENTS: what catstream prints)
#
# One line a thread: its name, then in hundredths of its wall time, tab-separated: its own CPU time,
# ours, the GIL held on a CPU and in all, waited for, ready, collecting, its extra, all there is of
# it without the GIL on a CPU.

NR == FNR {
	name[$1] = $2
	cpu[$1] = $3
	wall[$1] = $4
	extra[$1] = $5
	next
}
$1 == "sample" {
	split($2, id, "/")
	t = id[2]
	ns = $5 / 1e9
	state = index("0123456789abcdef", substr($9, length($9))) - 1
	if ($4 == "py-cpu") {
		ours[t] += ns
		if (state % 2)
			held_cpu[t] += ns
		else
			free[t] += ns
	}
	if (state % 2)
		held[t] += ns
	if (int(state / 2) % 2)
		waited[t] += ns
	if (int(state / 4) % 2 && $4 == "py-cpu")
		collecting[t] += ns
	if (int(state / 8) % 2)
		ready[t] += ns
}
END {
	for (t in name)
		printf "%s cpu %.2f ours %.2f held-cpu %.2f held %.2f waited %.2f ready %.2f " \
			"gc %.2f extra %.2f free %.2f off %.2f\n", \
			name[t], 100 * cpu[t] / wall[t], 100 * ours[t] / wall[t], \
			100 * held_cpu[t] / wall[t], 100 * held[t] / wall[t], \
			100 * waited[t] / wall[t], 100 * ready[t] / wall[t], \
			100 * collecting[t] / wall[t], 100 * extra[t] / wall[t], \
			100 * free[t] / wall[t], 100 * (ours[t] - cpu[t]) / wall[t]
}
