// The console's modules. Every page works without them; with them it stays up to date and moves without reloading.
import './menu.js';
import './copy.js';
import './clock.js';
import './forms.js';
import './assign.js';
import './narrow.js';
import './work.js';
import './upload.js';
import { connect } from './live.js';

if (document.getElementById('live')) connect();
