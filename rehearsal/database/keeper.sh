# Makes the folder $1 and removes it when the standard input ends, which it also does when the process
# at its other end is killed. The last line of the input is the group of processes that use the folder,
# or empty. They end as (*cluster).stop in server.go makes them end.
trap '' HUP INT TERM PIPE
mkdir -m 700 -- "$1" || exit
echo made
exec >/dev/null 2>&1
group=
while read -r line; do group=$line; done
if [ -n "$group" ] && kill -s 0 -- "-$group"; then
	kill -s QUIT "$group"
	waited=0
	while [ -e "$1/data/postmaster.pid" ] && kill -s 0 -- "-$group" && [ "$waited" -lt 100 ]; do
		sleep 0.05
		waited=$((waited + 1))
	done
	kill -s KILL -- "-$group"
fi
# What is still ending may add a file while others are removed.
tries=0
until rm -rf -- "$1" || [ "$tries" -ge 50 ]; do
	sleep 0.1
	tries=$((tries + 1))
done
