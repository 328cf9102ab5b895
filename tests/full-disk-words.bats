#!/usr/bin/env bats
# What people read or write by hand, on a disk that is full at any point of the work.
# See full-disk.bats.
# builds: plain
bats_require_minimum_version 1.5.0
load helper
load full-disk

setup() {
	full_disk_setup
}

# a configuration of several blocks, with lines that gp-setup does not ask for
conf_ready() {
	[ -d photos ] || gp-index -C photos --init
	{
		printf 'GP_ARCHIVE=%s\nGP_SOURCES=dir:%s\n' "$PWD/photos" "$PWD/old"
		seq -f '# a remark, %g' 400
		echo 'GP_BANDWIDTH=1M'
	} >"$small/gp.conf"
	cp "$small/gp.conf" old.conf
}
conf_work() {
	limited gp-setup -c "$small/gp.conf" --yes --no-first -C "$PWD/photos" \
		--source "dir:$PWD/src" --schedule none
}
# it is what it was, or what it is to be, from the first line to the last
conf_kept() { cmp -s old.conf "$small/gp.conf" || cmp want.conf "$small/gp.conf"; }
conf_whole() {
	[ -e want.conf ] || cp "$small/gp.conf" want.conf
	cat "$small/gp.conf"
	ls -A --ignore=filler "$small"
}

@test "gp-setup: a full disk leaves no half of a configuration" {
	local need=12
	unset GP_ARCHIVE
	passes 3 10 conf
	grep -qx 'GP_BANDWIDTH=1M' want.conf
	grep -qx "GP_SOURCES=dir:$PWD/src" want.conf
}

report_ready() { older; }
# 1: the photos are not safe, which is so
report_work() { limited gp-report --html || [ $? -eq 1 ]; }
report_kept() {
	old_photos || return
	[ ! -e "$GP_ARCHIVE/.gp/report/index.html" ] ||
		[ "$(tail -n 1 "$GP_ARCHIVE/.gp/report/index.html")" = "</html>" ]
}
report_whole() {
	tail -n 1 "$GP_ARCHIVE/.gp/report/index.html"
	ls -A "$GP_ARCHIVE/.gp/report"
}

@test "gp-report: a full disk leaves no half of a page" {
	long_only
	GP_ARCHIVE=$small/archive need=14
	passes 2 10 report
}

# units are there before; the service is empty, as one that was masked, so that it
# gives no room to the timer
units_ready() {
	mkdir -p bin "$XDG_CONFIG_HOME/systemd/user"
	# whoever runs these tests keeps what is scheduled
	printf '#!/bin/sh\nexit 0\n' >bin/crontab
	printf '#!/bin/sh\n[ "$2" = show-environment ] || echo "$*" >>"%s/asked"\n' "$PWD" >bin/systemctl
	chmod +x bin/*
	rm -f asked
	: >old.service
	echo "# the old timer" >old.timer
	for unit in service timer; do
		cp "old.$unit" "$XDG_CONFIG_HOME/systemd/user/gp-backup.$unit"
	done
	cp gp.conf.old gp.conf
}
units_work() {
	PATH=$PWD/bin:$PATH limited gp-setup -c "$PWD/gp.conf" --yes --no-first -C "$PWD/photos" \
		--source "dir:$PWD/src" --schedule systemd
}
# each is what it was, or what it is to be; systemd hears of both or of none
units_kept() {
	local unit
	for unit in service timer; do
		cmp -s "want.$unit" "$XDG_CONFIG_HOME/systemd/user/gp-backup.$unit" || {
			[ ! -e asked ] && cmp "old.$unit" "$XDG_CONFIG_HOME/systemd/user/gp-backup.$unit"
		} || return
	done
}
units_whole() {
	[ -e want.service ] || for unit in service timer; do
		cp "$XDG_CONFIG_HOME/systemd/user/gp-backup.$unit" "want.$unit"
	done
	LC_ALL=C sort -u asked
	cat gp.conf
	(cd "$XDG_CONFIG_HOME" && find . -type f | LC_ALL=C sort && cat systemd/user/*)
}

@test "gp-setup: a full disk leaves no half of a unit of systemd's" {
	long_only
	local need=5
	export XDG_CONFIG_HOME=$small/config
	unset GP_ARCHIVE
	gp-index -C photos --init
	: >gp.conf.old
	passes 2 10 units
	grep -qF -- "-c \"$PWD/gp.conf\"" want.service
}

# letters WHO: how many came
letters() {
	grep -cxF "To: $1@example.org" sent || true
}

@test "gp-notify: a full disk forgets nothing unsaid, and keeps nobody waiting" {
	long_only
	local kib turn=0 full=0
	export GP_NOTIFY="mail:a@example.org
mail:b@example.org" GP_ARCHIVE=$small/archive
	mkdir bin
	cat >bin/sendmail <<-END
		#!/bin/sh
		cat >letter
		[ "\$3" != b@example.org ] || [ ! -e refused ] || { echo "no such person"; exit 1; }
		cat letter >>sent
	END
	chmod +x bin/sendmail
	PATH=$PWD/bin:$PATH
	for kib in 0 1 2 3 4 7 8 12 40 140; do
		disk_new $((turn++ % 2 ? 4096 : 1024))
		older
		leave "$kib"
		: >sent
		touch refused
		run -1 limited gp-notify failed "the disk is full" <<<"make room"
		echo "$kib KiB: $output"
		same "1 0" "$(letters a) $(letters b)"
		has "$output" "mail:b@example.org: not told: no such person"
		# who is told again was said to be
		if [[ $output == *"This may be told again"* ]]; then
			has "$output" "is the disk full?"
			full=$((full + 1))
		else
			run -1 limited gp-notify failed "the disk is full" <<<"make room"
			same "1 0" "$(letters a) $(letters b)"
		fi
		# each line that is whole is a line of its own
		same "" "$(grep -s 'person$' "$GP_ARCHIVE/.gp/notify/failed" |
			grep -vE '^[-0-9T:]+Z mail:b@example.org: not told: no such person$' || true)"
		old_photos
		rm -f small/filler refused
		run -0 limited gp-notify failed "the disk is full" <<<"make room"
		same 1 "$(letters b)"
		# now all is remembered, and nothing is left to say
		: >sent
		run -0 limited gp-notify failed "the disk is full" <<<"make room"
		same "0 0 " "$(letters a) $(letters b) $output"
		[ ! -e "$GP_ARCHIVE/.gp/notify/failed" ]
	done
	echo "# notify: $turn sizes, $full without enough room" >&3
	[ "$full" -gt 0 ]
}
