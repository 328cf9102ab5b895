#!/usr/bin/env bats
# make deb: a package that lintian has nothing against, whose programs run.
# builds: san
bats_require_minimum_version 1.5.0
load helper

@test "make deb: lintian is silent, everything of make install is in it" {
	long_only
	git -C "$TESTS/.." rev-parse HEAD >/dev/null 2>&1 || skip "needs a checkout by git"
	git clone -q "$TESTS/.." tree
	(unset MAKEFLAGS && make -s -C tree deb) >log 2>&1 || fail "$(tail -n 30 log)"
	has_not "$(cat log)" "warning:"
	run -0 lintian --allow-root tree/build/deb/*.changes
	same "" "$output"
	dpkg-deb -x tree/build/deb/gp-photos_*.deb root
	# dpkg keeps what was changed in it, and takes it away when purged
	same /etc/gp.conf "$(dpkg-deb --info tree/build/deb/gp-photos_*.deb conffiles)"
	cmp root/etc/gp.conf "$TESTS/../contrib/gp.conf"
	for program in "$GP_BIN"/gp-*; do
		program=${program##*/}
		run -0 "root/usr/bin/$program" --version
		has "$output" "$program "
		[ -f "root/usr/share/man/man1/$program.1.gz" ]
	done
	for program in "$TESTS"/../pipelines/gp "$TESTS"/../pipelines/gp-*; do
		program=${program##*/}
		[ "$program" != gp-demo ] || continue
		PATH=$PWD/root/usr/bin:/usr/bin:/bin run -0 "root/usr/bin/$program" --version
		has "$output" "$program "
	done
}

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}
