#!/usr/bin/env node
'use strict';
require('../dist/tsnotary.cjs');
