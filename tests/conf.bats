#!/usr/bin/env bats
# gp.conf is read, never executed; what is not understood ends the program.
# builds: san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	unset GP_ARCHIVE
	export HOME=$PWD/home XDG_CONFIG_HOME=$PWD/home/.config
	mkdir -p home/.config/gp
	# the smallest pipeline there can be
	cat >gp-try <<-END
		#!/usr/bin/env bash
		set -euo pipefail
		. "$TESTS/../pipelines/lib.sh"
		usage() { echo "usage: gp-try"; }
		args_common "\$@"
		conf_read
		for name in \$(compgen -v GP_ | sort); do
			declare -n is=\$name
			[ -z "\${is[*]}" ] || echo "\$name" "\$(printf '[%s]' "\${is[@]}")"
		done
		[ -z "\${ARGS[*]}" ] || printf 'rest [%s]\n' "\${ARGS[@]}"
	END
	chmod +x gp-try
}

# conf LINE...: writes c.conf
conf() {
	printf '%s\n' "$@" >c.conf
}

@test "gp.conf: defaults without a file" {
	run --separate-stderr ./gp-try
	same 0 "$status"
	same "" "$stderr"
	has "$output" "GP_ARCHIVE [$HOME/gp-archive]"
	has "$output" "GP_TAKEOUT_KEEP [yes]"
	has "$output" "GP_TAKEOUT_DELETE_AFTER [never]"
	has "$output" "GP_SAFE_COPIES [3]"
	has "$output" "GP_DISC_CAPACITY [bd100]"
}

@test "gp.conf: every name of the manual, lists repeated, nothing executed" {
	conf '# a comment' '' ' GP_ARCHIVE = /volume1/photos ' 'GP_INDEX=~/index.db' \
		'GP_ACCOUNT=mum' 'GP_SOURCES=album:Family trips' 'GP_SOURCES=picker:' \
		'GP_ALBUMS=Ezra' "GP_ALBUMS='Großmutter & \$(touch ran) \`touch ran\`'" \
		'GP_TAKEOUT_REMOTE=box:Apps/Google Download Your Data' 'GP_TAKEOUT_KEEP=no' \
		'GP_TAKEOUT_DELETE_AFTER=2' 'GP_REMOTES=wasabi:ezra b2:ezra' \
		'GP_REMOTES=/mnt/usb' 'GP_BANDWIDTH=10M' 'GP_SCRUB_BUDGET=5%' \
		'GP_SCRUB_BUDGET=b2:ezra=2G' 'GP_READ_PRICE=b2:ezra=0.01' 'GP_DRILL_DAYS=90' 'GP_SAFE_COPIES=2' \
		'GP_SAFE_DAYS=100' 'GP_SAFE_OFFSITE=0' 'GP_DISC_CAPACITY=bd25' \
		'GP_DISC_THRESHOLD=20G' 'GP_DISC_LABEL=EZRA' 'GP_DISC_PARITY=5' \
		'GP_NOTIFY=mail:a@example.org' 'GP_NOTIFY=ping:https://hc.example/1?a=b c'
	run --separate-stderr ./gp-try -c c.conf
	same 0 "$status"
	has "$output" "GP_ARCHIVE [/volume1/photos]"
	has "$output" "GP_INDEX [$HOME/index.db]"
	has "$output" "GP_SOURCES_LIST [album:Family trips][picker:]"
	has "$output" "GP_ALBUMS_LIST [Ezra][Großmutter & \$(touch ran) \`touch ran\`]"
	has "$output" "GP_REMOTES_LIST [wasabi:ezra][b2:ezra][/mnt/usb]"
	has "$output" "GP_SCRUB_BUDGET_LIST [5%][b2:ezra=2G]"
	has "$output" "GP_NOTIFY_LIST [mail:a@example.org][ping:https://hc.example/1?a=b c]"
	has "$output" "GP_TAKEOUT_REMOTE [box:Apps/Google Download Your Data]"
	has "$output" "GP_DISC_PARITY [5]"
	[ ! -e ran ]
	n=0
	while read -r name; do
		n=$((n + 1))
		grep -q "^$name" <<<"$output" || fail "$name is not read"
	done < <(sed -n 's/^\.It Ev \(GP_[A-Z_]*\).*/\1/p' "$TESTS/../man/gp.conf.5")
	[ "$n" -gt 10 ]
}

@test "gp.conf: the manual says the defaults that hold" {
	local name value n=0
	while read -r name value; do
		grep -A12 "^\.It Ev.*$name" "$TESTS/../man/gp.conf.5" | sed '2,${/^\.It/,$d}' | tr '\n' ' ' |
			grep -qE "[Dd]efaults?: .*\b$value\b|\b$value \.Pq the default" ||
			fail "$name: gp.conf(5) does not say that the default is $value"
		n=$((n + 1))
	done < <(bash -c '. "$0/../pipelines/lib.sh"
		for name in "${!CONF_DEFAULTS[@]}"; do
			[ -z "${CONF_DEFAULTS[$name]}" ] || echo "$name ${CONF_DEFAULTS[$name]}"
		done' "$TESTS")
	[ "$n" -gt 8 ]
}

@test "gp.conf: every pipeline reads the file that -c names" {
	local pipeline args n=0
	for pipeline in "$TESTS"/../pipelines/gp-*; do
		case $pipeline in
		*/gp-demo | */gp-setup) continue ;; # there is none yet
		*/gp-notify) args=(ok) ;;
		*) args=() ;;
		esac
		n=$((n + 1))
		run -2 --separate-stderr "$pipeline" -c nowhere.conf "${args[@]}"
		has "$stderr" "nowhere.conf: there is no such file" "$pipeline"
	done
	[ "$n" -gt 10 ]
}

@test "gp.conf: the one of the package has every name, and each line of it would do" {
	sed -n 's/^#\(GP_[A-Z_]*=\)/\1/p' "$TESTS/../contrib/gp.conf" >c.conf
	run -0 --separate-stderr ./gp-try -c c.conf
	same "" "$stderr"
	same "$(grep '^\.It Ev' "$TESTS/../man/gp.conf.5" | grep -oE 'GP_[A-Z_]+' | sort -u)" \
		"$(cut -d= -f1 c.conf | sort -u)"
	# as it comes it sets nothing
	same "$(./gp-try)" "$(./gp-try -c "$TESTS/../contrib/gp.conf")"
}

@test "gp.conf: an unknown name, a broken line, a wrong value: the line is named" {
	conf '#' 'GP_ARCHIV=/x'
	run -2 ./gp-try -c c.conf
	has "$output" "c.conf: line 2: GP_ARCHIV: there is no such name"
	conf 'export GP_ARCHIVE=/x'
	run -2 ./gp-try -c c.conf
	has "$output" "line 1: export GP_ARCHIVE: there is no such name"
	conf 'rm -rf /'
	run -2 ./gp-try -c c.conf
	has "$output" "c.conf: line 1: not NAME=value"
	conf '#' '=/x'
	run -2 ./gp-try -c c.conf
	has "$output" "c.conf: line 2: not NAME=value"
	conf 'GP_ARCHIVE=/x' 'GP_ARCHIVE=/y'
	run -2 ./gp-try -c c.conf
	has "$output" "line 2: GP_ARCHIVE stands twice"
	conf 'GP_READ_PRICE=0.01 b2:x=1' 'GP_READ_PRICE=b2:x=2'
	run -2 ./gp-try -c c.conf
	has "$output" "line 2: GP_READ_PRICE has two values for b2:x: b2:x=1 and b2:x=2"
	conf 'GP_SCRUB_BUDGET=5% 6%'
	run -2 ./gp-try -c c.conf
	has "$output" "GP_SCRUB_BUDGET has two values for all remotes: 5% and 6%"
	for line in GP_TAKEOUT_KEEP=maybe GP_TAKEOUT_DELETE_AFTER=0 GP_SAFE_DAYS=x \
		GP_SAFE_COPIES=0 GP_DISC_CAPACITY=bd1 GP_DISC_LABEL=ezra GP_DISC_PARITY=101 \
		GP_BANDWIDTH=fast GP_SCRUB_BUDGET=b2:x=all GP_REMOTES=wasabi \
		GP_READ_PRICE=b2:x=free GP_READ_PRICE==5 GP_SCRUB_BUDGET==5% GP_NOTIFY=a@example.org GP_DISC_THRESHOLD=-1 GP_DRILL_DAYS=08x; do
		conf "$line"
		run -2 ./gp-try -c c.conf
		has "$output" "c.conf: line 1: $line: must "
	done
}

@test "gp.conf: the environment goes before the file, -C before both" {
	conf 'GP_ARCHIVE=/of-file' 'GP_REMOTES=a:b c:d' 'GP_SAFE_DAYS=50'
	run --separate-stderr env GP_ARCHIVE=/of-env GP_REMOTES="e:f" ./gp-try -c c.conf
	has "$output" "GP_ARCHIVE [/of-env]"
	has "$output" "GP_REMOTES_LIST [e:f]"
	has "$output" "GP_SAFE_DAYS [50]"
	run --separate-stderr env GP_ARCHIVE=/of-env ./gp-try -C /of-flag -c c.conf one -- -c two
	has "$output" "GP_ARCHIVE [/of-flag]"
	has "$output" "rest [one]
rest [--]
rest [-c]
rest [two]"
	run -2 env GP_SAFE_DAYS=soon ./gp-try
	has "$output" "the environment: GP_SAFE_DAYS=soon: must be"
}

@test "gp.conf: -c, then GP_CONF, then the home's; a named one must be there" {
	conf 'GP_ACCOUNT=of-c'
	echo 'GP_ACCOUNT=of-env' >e.conf
	echo 'GP_ACCOUNT=of-home' >home/.config/gp/gp.conf
	has "$(./gp-try)" "GP_ACCOUNT [of-home]"
	has "$(GP_CONF=e.conf ./gp-try)" "GP_ACCOUNT [of-env]"
	has "$(GP_CONF=e.conf ./gp-try -c c.conf)" "GP_ACCOUNT [of-c]"
	run -2 ./gp-try -c none.conf
	has "$output" "none.conf: there is no such file"
	run -2 env GP_CONF=none.conf ./gp-try
	has "$output" "none.conf: there is no such file"
	run -2 ./gp-try -c
	has "$output" "-c needs a value"
}

@test "gp.conf: written on Windows, without a last newline" {
	printf '\xef\xbb\xbfGP_ACCOUNT=mum\r\n\r\nGP_SAFE_DAYS=9' >c.conf
	run --separate-stderr ./gp-try -c c.conf
	has "$output" "GP_ACCOUNT [mum]"
	has "$output" "GP_SAFE_DAYS [9]"
}

@test "gp.conf: a remote's folder may have blanks, as OneDrive's has" {
	conf 'GP_TAKEOUT_REMOTE=onedrive:Apps/Google Download Your Data'
	run -0 --separate-stderr ./gp-try -c c.conf
	has "$output" "GP_TAKEOUT_REMOTE [onedrive:Apps/Google Download Your Data]"
	conf 'GP_TAKEOUT_REMOTE=onedrive Apps'
	run -2 ./gp-try -c c.conf
	has "$output" "line 1: GP_TAKEOUT_REMOTE=onedrive Apps: must be a remote"
}

@test "gp.conf: without a HOME it is the user's own" {
	run -0 --separate-stderr env -u HOME -u XDG_CONFIG_HOME ./gp-try
	same "" "$stderr"
	has "$output" "GP_ARCHIVE [$(getent passwd "$(id -u)" | cut -d: -f6)/gp-archive]"
}
