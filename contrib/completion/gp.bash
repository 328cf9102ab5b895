# Completion of gp's tools for bash; one file for all of them. Source it, or
# let make install put it where bash-completion looks.
# shellcheck shell=bash

# What TOOL understands: options, then words.
_gp_words() {
	case $1 in
	gp-auth) echo "-C -v --account --client --help --version login token status revoke" ;;
	gp-fetch) echo "-C --archive -j --jobs --limit-rate --progress -v --verbose --help --version" ;;
	gp-hash) echo "-C --archive -j --check --root -v --verbose --help --version" ;;
	gp-index) echo "-C --archive -n --new --record --folder --export --album" \
		"--unpacked --missing-from --disc --seen --packed --disc-state --accept" \
		"--init --stats --full --check --backup --restore --rebuild -v --verbose --help --version" ;;
	gp-pack) echo "-C --archive --capacity --threshold --parity --label --number --out" \
		"--plan --flush -v --verbose --help --version" ;;
	gp-list) echo "-C --archive --account --album --albums --limit --allow-empty --no-wait" \
		"-v --verbose --help --version album: dir: library: picker: picker:new takeout:" ;;
	gp-backup) echo "-c --conf -C --archive -v --verbose --help --version -n --dry-run --if-due --only --skip" ;;
	gp-takeout-pull) echo "-c --conf -C --archive -v --verbose --help --version --tidy" ;;
	gp-replicate) echo "-c --conf -C --archive -v --verbose --help --version" ;;
	gp-scrub) echo "-c --conf -C --archive -v --verbose --help --version --heal --budget nas" ;;
	gp-setup) echo "-c --conf -C --archive -v --verbose --help --version --yes --source --takeout --album --client --delete-exports --remote" \
		"--notify --disc --label --schedule --no-first" ;;
	gp-restore) echo "-c --conf -C --archive -v --verbose --help --version --from --to --album nas" ;;
	gp-safe) echo "-c --conf -C --archive -v --verbose --help --version --count --json" ;;
	gp-drill) echo "-c --conf -C --archive -v --verbose --help --version --from --sample --due --if-due --for-real nas" ;;
	gp-report) echo "-c --conf -C --archive -v --verbose --help --version --brief --json --html" ;;
	gp) echo "-c --conf -C --archive -v --verbose --help --version auth list index fetch hash pack backup takeout-pull replicate scrub restore safe drill report notify doctor setup disc" ;;
	gp-disc) echo "-c --conf -C --archive -v --verbose --help --version --flush --label status build burn verify archive rescue" ;;
	gp-doctor) echo "-c --conf -C --archive -v --verbose --help --version --json --send-test programs settings archive" \
		"index space sources exports remotes notices clock schedule discs drills" ;;
	gp-notify) echo "-c --conf -C --archive -v --verbose --help --version --about start ok warning person failed" ;;
	esac
}

# Whether the word at hand is what follows SOURCE and ":".
_gp_after() {
	local n=$COMP_CWORD
	[ "${COMP_WORDS[n]}" = : ] || n=$((n - 1))
	[ "$n" -ge 1 ] && [ "${COMP_WORDS[n]}" = : ] && [ "${COMP_WORDS[n - 1]}" = "$1" ]
}

# An archive's folders or a file, after the option that wants one; else words.
_gp() {
	local tool=${1##*/} word=$2 before=$3
	COMPREPLY=()
	case $before in
	-C | --archive | --root | --out | --to)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--client | --backup | -c | --conf)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--capacity)
		mapfile -t COMPREPLY < <(compgen -W "bd25 bd50 bd100 bd128 dvd" -- "$word")
		return
		;;
	--sample | --count | --threshold | --parity | --budget | --label | --number | -j | --jobs | --limit | --limit-rate | --account | --album | --folder | --disc | --missing-from | --seen | --disc-state | --accept)
		return
		;;
	esac
	# readline takes picker:new for two words: picker, and what follows ":"
	if [ "$tool" = gp-list ] && _gp_after picker; then
		mapfile -t COMPREPLY < <(compgen -W new -- "${word#:}")
		return
	fi
	# and dir:FOLDER too
	if [ "$tool" = gp-list ] && [ "${COMP_WORDS[COMP_CWORD]}" = : ] ||
		[ "$before" = : ]; then
		[ "$word" = : ] && word=
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$(_gp_words "$tool")" -- "$word")
	if [ "$tool" = gp-hash ] && [[ $word != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -F _gp gp-auth
complete -F _gp gp-fetch
complete -F _gp gp-hash
complete -F _gp gp-index
complete -F _gp gp-list
complete -F _gp gp-pack
complete -F _gp gp
complete -F _gp gp-backup
complete -F _gp gp-notify
complete -F _gp gp-replicate
complete -F _gp gp-report
complete -F _gp gp-drill
complete -F _gp gp-safe
complete -F _gp gp-restore
complete -F _gp gp-scrub
complete -F _gp gp-takeout-pull
complete -F _gp gp-disc
complete -F _gp gp-doctor
complete -F _gp gp-setup
