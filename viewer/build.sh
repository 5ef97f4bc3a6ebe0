#!/bin/sh
# Rebuilds src/epidot/reporting/assets/viewer.js from viewer/src (needs Node 20 and npm).
set -e
cd "$(dirname "$0")"
npm ci
npm run check
npm run build
