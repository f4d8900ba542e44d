# Sourced by the scripts beside it. Messages go to stderr: stdout is for results.

readonly checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [[ -t 2 && -z ${NO_COLOR-} ]]; then bold=$'\e[1m' red=$'\e[31m' plain=$'\e[0m'; else bold='' red='' plain=''; fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*" >&2; }

# die WHAT [FIX...]: one sentence, what to do about it, and exit status 3 (the environment is not as it should be).
die() {
  printf '%serror%s: %s\n' "$red" "$plain" "$1" >&2
  shift
  for fix in "$@"; do printf '  fix: %s\n' "$fix" >&2; done
  exit 3
}
