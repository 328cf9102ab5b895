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
