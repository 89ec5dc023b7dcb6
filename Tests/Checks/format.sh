#!/bin/sh
# The house style of .editorconfig holds in every file.
set -eu
cd "$(dirname "$0")/../.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet format Anocir.sln --verify-no-changes --no-restore
