#!/usr/bin/env bash
# Makes the source bundle for Elastic Beanstalk: bundle/Dockerrun.aws.json, which names one immutable
# image, and the files beside it that the containers mount. The image of a commit is tested, built and
# pushed once; any later run for the same commit, be it a retry or another environment, uses the image
# that is there. Whatever would fail on the instances only is refused before anything is built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

problems=()

fail() {
  printf 'build.sh: %s\n' "$@" >&2
  exit 1
}

check_variables() {
  local name
  for name in IMAGE_REPOSITORY_URI EXECUTION_ROLE_ARN CODEBUILD_RESOLVED_SOURCE_VERSION AWS_DEFAULT_REGION; do
    [[ ${!name:-} ]] || problems+=("$name is not set: $(origin "$name")")
  done
  [[ ${IMAGE_REPOSITORY_URI:-} =~ ^([0-9]{12}\.dkr[.-]ecr\.[a-z0-9-]+\.[a-z.]+/[a-z0-9._/-]+)?$ ]] || problems+=(
    "IMAGE_REPOSITORY_URI must be the URI of an ECR repository, without a tag, got $IMAGE_REPOSITORY_URI")
  [[ ${EXECUTION_ROLE_ARN:-} =~ ^(arn:aws[a-z-]*:iam::[0-9]{12}:role/[^[:space:]]+)?$ ]] || problems+=(
    "EXECUTION_ROLE_ARN must be the ARN of an IAM role, got $EXECUTION_ROLE_ARN")
  [[ ${CODEBUILD_RESOLVED_SOURCE_VERSION:-} =~ ^([0-9a-f]{40}([0-9a-f]{24})?)?$ ]] || problems+=(
    "CODEBUILD_RESOLVED_SOURCE_VERSION must be a full commit ID, got $CODEBUILD_RESOLVED_SOURCE_VERSION")
}

# origin says where a variable comes from.
origin() {
  case $1 in
  IMAGE_REPOSITORY_URI) echo "the CodeBuild project must give the URI of the ECR repository" ;;
  EXECUTION_ROLE_ARN) echo "the pipeline's build action must give the ARN of the environment's task execution role" ;;
  CODEBUILD_RESOLVED_SOURCE_VERSION) echo "CodeBuild sets it to the commit, once the source is known" ;;
  AWS_DEFAULT_REGION) echo "CodeBuild sets it to the region of the build" ;;
  esac
}

# The directories that Elastic Beanstalk acts on when they are in the root of a bundle. Their settings,
# resources and hooks, which run as root, come after the template has decided, so they need consent.
check_extensions() {
  local allowed=" ${BUNDLE_ALLOW:-} " name
  allowed=${allowed//,/ }
  for name in $allowed; do
    [[ $name == .ebextensions || $name == .platform ]] || problems+=(
      "BUNDLE_ALLOW: $name is nothing that can be allowed; use .ebextensions, .platform or both")
  done
  for name in .ebextensions .platform; do
    [[ -e $name || -L $name ]] || continue
    if [[ $allowed == *" $name "* ]]; then
      check_path "$name" "$name"
    else
      problems+=("$name would change what the infrastructure's template decided; remove it, or allow it in cdk.json of the infrastructure: \"bundle\": { \"allow\": { \"$name\": \"the reason\" } }")
    fi
  done
}

# The rules of Dockerrun.aws.json version 2 and of the ECS task definition that it becomes (Elastic
# Beanstalk Developer Guide, "Configuring the Dockerrun.aws.json v2 file"; Amazon ECS Developer Guide,
# "Task definition parameters"), one problem a line.
rules='
def show: tojson | if length > 60 then .[:57] + "..." else . end;
def items($key): .[$key] | if type == "array" then .[] | objects else empty end;
def texts($key): .[$key] | if type == "array" then .[] | strings else empty end;
def whole($low; $high): type == "number" and . == floor and . >= $low and . <= $high;
def filled: type == "string" and . != "";
def among($all): . as $one | any($all[]; . == $one);
def twice: group_by(.)[] | select(length > 1) | .[0];
def lists($at; $keys; $kind): . as $o | $keys[] as $k | $o[$k] | values
  | if type != "array" then "\($at)\($k): \(show) is not a list; write [ … ]"
    else first(.[] | select(type != $kind) | "\($at)\($k): \(show) is not "
      + if $kind == "object" then "an object; write { … }" else "text; put it in quotation marks" end) end;
def ports: items("portMappings") | select(.hostPort | whole(1; 65535)) | "\(.hostPort)/\(.protocol // "tcp")";

def version: .AWSEBDockerrunVersion
  | if . == 2 then empty
    elif . == "2" then "AWSEBDockerrunVersion: \"2\" is text, which Elastic Beanstalk may refuse; write the number 2, without quotation marks"
    else "AWSEBDockerrunVersion: \(show) is not the version for ECS on Amazon Linux 2023; write the number 2" end;

def placeholders($containers):
  (.executionRoleArn | select(. != "EXECUTION_ROLE_ARN")
    | "executionRoleArn: \(show) is not the placeholder that the build fills in; write \"EXECUTION_ROLE_ARN\", for without the role no secret reaches a container"),
  (del(.executionRoleArn) | [paths(strings) as $p | select(getpath($p) | contains("EXECUTION_ROLE_ARN"))
    | $p | map(tostring) | join(".")] | .[]
    | "\(.): EXECUTION_ROLE_ARN is filled in as executionRoleArn only; remove it here"),
  (select($containers != [] and all($containers[]; .image != "IMAGE"))
    | "containerDefinitions: no container has the image that is built; write \"image\": \"IMAGE\" in one, which the build fills in");

def names($containers):
  (if $containers == [] then "containerDefinitions: there is no container; add one" else empty end),
  ([$containers[].name | strings] | twice | "containerDefinitions: two containers are named \(show); rename one"),
  (select($containers != [] and all($containers[]; .essential == false))
    | "containerDefinitions: no container is essential; write \"essential\": true in one");

def entrance($containers):
  ([$containers[] | ports] | twice | "containerDefinitions: host port \(.) is mapped twice; use another hostPort in one of the mappings"),
  (select($containers != [] and all($containers[]; [ports] | index("80/tcp") == null))
    | [$containers[] | . as $c | items("portMappings") | {name: $c.name, hostPort}] as $mapped
    | "containerDefinitions: no container has hostPort 80, where the load balancer sends requests; "
    + if ($mapped | length) == 1 then "write \"hostPort\": 80 instead of \($mapped[0].hostPort | show) in \($mapped[0].name | show)"
      else "add \"portMappings\": [ { \"hostPort\": 80, \"containerPort\": 8080 } ] to the one that serves requests" end);

def memory($at):
  (select(.memory == null and .memoryReservation == null)
    | "\($at): neither memory nor memoryReservation, without which ECS refuses a container; add \"memoryReservation\": 256"),
  (. as $c | ("memory", "memoryReservation") as $k | $c[$k] | values | select(whole(6; 100000000) | not)
    | "\($at).\($k): \(show) is not a number of MiB from 6 on; write a number such as 256"),
  (select((.memory | type) == "number" and (.memoryReservation | type) == "number" and .memory < .memoryReservation)
    | "\($at): memory \(.memory) is less than memoryReservation \(.memoryReservation); write \"memory\": \(.memoryReservation)");

def mappings($at):
  (items("portMappings") | .containerPort | select(whole(1; 65535) | not)
    | "\($at).portMappings: containerPort \(show) is not a port; write a number from 1 to 65535"),
  (items("portMappings") | .hostPort | values | select(whole(0; 65535) | not)
    | "\($at).portMappings: hostPort \(show) is not a port; write a number from 1 to 65535"),
  (items("portMappings") | .hostPort | select(among([22, 2375, 2376, 51678, 51679, 51680]))
    | "\($at).portMappings: hostPort \(.) is reserved by SSH, Docker or the ECS agent; use another"),
  ([items("environment") | select(.name == "PORT") | .value | strings] | last | values) as $port
    | (items("portMappings") | select(.hostPort == 80 and (.containerPort | tostring) != $port)
      | "\($at): PORT is \($port | show), but hostPort 80 leads to containerPort \(.containerPort | show); use one port for both");

def references($at; $names; $volumes):
  (.name as $own | texts("links") | split(":")[0] | select((among($names) | not) or . == $own)
    | "\($at).links: \(show) is not another container of this file; add or correct it"),
  (items("volumesFrom") | .sourceContainer | select(among($names) | not)
    | "\($at).volumesFrom: \(show) is not a container of this file; add or correct it"),
  (items("dependsOn") | .containerName | select(among($names) | not)
    | "\($at).dependsOn: \(show) is not a container of this file; add or correct it"),
  (items("mountPoints") | .sourceVolume | select(among($volumes) | not)
    | "\($at).mountPoints: \(show) is not a volume of this file; add it to volumes, or correct it"),
  (items("mountPoints") | select(.containerPath | filled | not)
    | "\($at).mountPoints: \(.sourceVolume | show) has no containerPath; add where the container sees it");

def container($at; $names; $volumes):
  (.name | select((strings | test("^[A-Za-z0-9_-]{1,255}$")) // false | not)
    | "\($at).name: \(show) is not a name; use letters, digits, hyphens and underscores"),
  (.image | select(filled | not) | "\($at).image: \(show) is not an image; name one"),
  (.image | strings | select(contains("IMAGE") and . != "IMAGE")
    | "\($at).image: IMAGE is filled in as the whole image of a container only; write \"IMAGE\" instead of \(show)"),
  (items("environment") | select(.value | type != "string")
    | "\($at).environment: the value of \(.name | show) is not text; put it in quotation marks"),
  lists("\($at)."; ["portMappings", "environment", "mountPoints", "volumesFrom", "dependsOn"]; "object"),
  lists("\($at)."; ["links"]; "string"),
  memory($at), mappings($at), references($at; $names; $volumes);

def volumes:
  ([items("volumes") | .name | strings] | twice | "volumes: two are named \(show); rename one"),
  (items("volumes") | select(.name | filled | not) | "volumes: one has no name; add it"),
  (items("volumes") | .name as $name | .host | values | select(type != "object")
    | "volumes: \($name | show) has the host \(show), which is not an object; write { \"sourcePath\": … }"),
  (items("volumes") | .name as $name | .host | objects | .sourcePath | values
    | if filled and startswith("/") and (test("[[:cntrl:]]") | not) and all(ltrimstr("/") | rtrimstr("/") | split("/")[]; among(["", ".", ".."]) | not)
      then select(rtrimstr("/") | among(["/var/app/current", "/var/app", "/var"]))
        | "volumes: \($name | show) mounts \(.), which is more than a part of the bundle; name the directory in it that a container needs, such as /var/app/current/proxy"
      else "volumes: \($name | show) has the sourcePath \(show), which is not an absolute path in plain form, without . and ..; a directory of this repository is /var/app/current/…" end);

if type != "object" then "it is not an object; write { \"AWSEBDockerrunVersion\": 2, … }" else
  [items("containerDefinitions")] as $containers
  | [$containers[].name | strings] as $names
  | ([items("volumes") | .name | strings] + [$names[] | "awseb-logs-" + .]) as $volumes
  | version, placeholders($containers), names($containers), lists(""; ["containerDefinitions", "volumes"]; "object"), entrance($containers),
    ($containers | to_entries[] | .key as $i | .value
      | container(if .name | filled then .name else "containerDefinitions[\($i)]" end; $names; $volumes)),
    volumes
end'

# What the volumes mount from the bundle, which Elastic Beanstalk unpacks to /var/app/current.
mounted='.volumes | arrays[] | objects | .host | objects | .sourcePath | strings | rtrimstr("/")
  | select(startswith("/var/app/current/") and (test("[[:cntrl:]]|//|/\\.{1,2}(/|$)") | not)) | ltrimstr("/var/app/current/")'

check_dockerrun() {
  local line
  if [[ ! -f Dockerrun.aws.json ]]; then
    problems+=("Dockerrun.aws.json is missing: it tells Elastic Beanstalk which containers to run")
    return
  fi
  if ! jq --exit-status --slurp 'length == 1' Dockerrun.aws.json >/dev/null 2>"$work/error"; then
    problems+=("Dockerrun.aws.json is not one JSON object: $(cat "$work/error")")
    return
  fi
  jq --raw-output "$rules" Dockerrun.aws.json >"$work/problems"
  while IFS= read -r line; do
    problems+=("Dockerrun.aws.json: $line")
  done <"$work/problems"
  jq --raw-output "if type == \"object\" then $mounted else empty end" Dockerrun.aws.json >"$work/mounted"
  while IFS= read -r line; do
    check_path "$line" "Dockerrun.aws.json: volumes: /var/app/current/$line"
  done <"$work/mounted"
}

# Adds a path to what is shipped. An archive holds files; a link would lead nowhere on an instance, or
# out of the bundle.
check_path() {
  local path=$1 name=$2 at=$1 odd
  while [[ $at == */* && ! -L $at ]]; do at=${at%/*}; done
  if [[ $path == bundle || $path == bundle/* ]]; then
    problems+=("$name: the build replaces the directory bundle; use another")
  elif [[ -L $at ]]; then
    problems+=("$name: $at is a symbolic link, which is not shipped; put the files themselves there")
  elif [[ ! -e $path ]]; then
    problems+=("$name: there is no $path in the repository; add it, or correct the path")
  elif [[ $path =~ ^\.(ebextensions|platform)(/|$) && $name != "$path" ]]; then
    return # shipped as a whole, or refused by its own name
  elif odd=$(find "./$path" ! -type f ! -type d | sort | sed -n 1,3p) && [[ $odd ]]; then
    problems+=("$name: only files and directories are shipped, no symbolic links; replace ${odd//$'\n'/, }")
  elif [[ ! $(find "./$path" -type f) ]]; then
    problems+=("$name: the directory $path has no files, so no archive holds it; add one, or mount a directory outside /var/app")
  else
    printf '%s\n' "$path" >>"$work/shipped"
  fi
}

# Only "there is no such image" means no. Anything else, such as a missing permission, ends the build: it
# says nothing about the image, and to go on would hide the cause behind a push that fails.
image_exists() {
  local answer
  if answer=$(aws ecr describe-images --registry-id "${registry%%.*}" --repository-name "$repository" \
    --image-ids "imageTag=$commit" 2>&1); then
    return 0
  fi
  [[ $answer == *"(ImageNotFoundException)"* ]] && return 1
  fail "cannot find out whether $image exists:" "$answer"
}

publish_image() {
  docker build --target test .
  docker build --build-arg "VERSION=${commit:0:7}" --tag "$image" .
  aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"
  if ! docker push "$image"; then
    image_exists || fail "cannot push $image"
    echo "Another build of the same commit has pushed $image meanwhile."
  fi
}

# The directory appears when it is complete.
make_bundle() {
  local path
  mkdir "$work/bundle"
  while IFS= read -r path; do
    mkdir -p "$work/bundle/$(dirname "$path")"
    cp -Rp "./$path" "$work/bundle/$(dirname "$path")/"
  done <"$work/shipped"
  jq --arg image "$image" --arg role "$EXECUTION_ROLE_ARN" \
    '.executionRoleArn = $role | .containerDefinitions |= map(if .image == "IMAGE" then .image = $image else . end)' \
    Dockerrun.aws.json >"$work/Dockerrun.aws.json"
  mv -f "$work/Dockerrun.aws.json" "$work/bundle/"
  mv "$work/bundle" .
}

rm -rf bundle
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/shipped"
check_variables
check_extensions
check_dockerrun
((${#problems[@]} == 0)) || fail "${problems[@]}"

commit=$CODEBUILD_RESOLVED_SOURCE_VERSION
registry=${IMAGE_REPOSITORY_URI%%/*}
repository=${IMAGE_REPOSITORY_URI#*/}
image=$IMAGE_REPOSITORY_URI:$commit
if image_exists; then
  echo "$image exists: no test, no build, no push."
else
  publish_image
fi
make_bundle
cat bundle/Dockerrun.aws.json
find bundle -type f
