// Entry of the utility process: the package lives here, and nowhere else in the app.
import * as mobilenet from 'mobilenet-metal';
import { start } from './start';

start(process.parentPort, mobilenet);
