#!/bin/sh
# pystream(5) tells the truth: its example is what the writer writes and the reader reads, and
# what the page says of hashes and weights holds for it.
. tests/tap.sh
needs perl
page=man/pystream.5
stream=$T/stream

# The lines of the dump -> bytes: OFFSET HEX... COMMENT, or OFFSET * for zeros to the next offset.
perl -ne '
	next unless /^([0-9a-f]{4})  (\*|[0-9a-f]{2}(?: [0-9a-f]{2})*)(?:  |$)/;
	my ($at, $what) = (hex $1, $2);
	$out .= "\0" x ($at - length $out) if $fill;
	die "line $.: offset is not " . length($out) . "\n" if $at != length $out;
	$fill = $what eq "*";
	$out .= pack "H*", $what =~ s/ //gr unless $fill;
	END { print $out }
' "$page" >"$stream" 2>"$T/err"
is 'the offsets of the dump are those of its bytes' "$(cat "$T/err")" ''
is 'it has a length' "$(wc -c <"$stream" | tr -d ' ')" 1352

# What a reader makes of it: the literal text of the page that begins with "comm".
sed -n '/^comm /,/^\.Ed/p' "$page" | grep -v '^\.Ed' >"$T/said"
exits 'it is read' 0 "$HELPERS/catstream" <"$stream"
is 'and gives what the page says' "$(cat "$T/out")" "$(cat "$T/said")"
exits 'the writer' 0 "$HELPERS/mkstream" -e <<'END'
comm 100 101 2000000 app
root 5
cpu 100 101 3000000 10000000 1 gil main@3 (/app/w.py:5);<lambda>@4 (/app/w.py:4)
idle 100 101 33000000 30000000 3 - main@3 (/app/w.py:6)
lost 100 101 2 53000000
END
ok 'writes it byte by byte' cmp "$T/out" "$stream"

# A stranger's reader, made of the page alone.
perl -e '
	use strict; use warnings; no warnings "portable";
	local $/; binmode STDIN; my $s = <STDIN>; my $at = 16; my %name;
	die "header\n" unless substr($s, 0, 16) eq "PERFILE2" . pack("Q<", 16);
	sub mul { use integer; $_[0] * $_[1] }
	sub mix { my $h = shift; $h = mul($h ^ $h >> 33, 0xff51afd7ed558ccd);
		$h = mul($h ^ $h >> 33, 0xc4ceb9fe1a85ec53); $h ^ $h >> 33 }
	while ($at < length $s) {
		my ($type, $misc, $size) = unpack "VvvX8", substr $s, $at, 8;
		my $r = substr $s, $at, $size; $at += $size;
		if ($type == 17) {
			my $end = index($r, "\0", 24) + 1; $end += -$end % 8;
			my ($tag, $v, $f, $first, $base, $root, $nl, $fl) =
				unpack "Vvv V5", substr $r, $end, 28;
			my ($n, $file) = unpack "a$nl a$fl", substr $r, $end + 32;
			my $h = 0xcbf29ce484222325;
			$h = mul($h ^ $_, 0x100000001b3)
				for unpack "C*", "$n\0$file\0" . pack "V3", $first, $base, $root;
			my $addr = 1 << 63 | (mix($h) & (1 << 42) - 1) << 20;
			my ($is) = unpack "Q<", substr $r, 8, 8;
			printf "%s:%s root %s: %s\n", $n, $file, substr($file, 0, $root),
				$is == $addr ? "as hashed" : "hash is wrong";
			$name{$is} = [$n, $base];
		} elsif ($type == 9) {
			my ($time, $id, $period, $n) = unpack "Q<4", substr $r, 24, 32;
			my @chain = unpack "Q<$n", substr $r, 56;
			my ($ticks, $state, $interp) = unpack "Vvv", substr $r, 56 + 8 * $n;
			shift @chain;
			print "$time $period $ticks $state";
			for (reverse @chain) {
				my ($n, $base) = @{$name{$_ & ~0xfffff}};
				print " $n:", ($_ & 0xfffff) + $base - 1;
			}
			print "\n";
		}
	}' <"$stream" >"$T/out" 2>&1
is 'a reader made of the page alone agrees' "$(cat "$T/out")" 'main:/app/w.py root /app/: as hashed
<lambda>:/app/w.py root /app/: as hashed
3000000 10000000 1 1 main:5 <lambda>:4
33000000 30000000 3 0 main:6'

done_testing
