/** The commands, in the order of help and man page. */
import type { Command } from './command.ts';
import { auditCommand } from './commands/audit.ts';
import { binfmtCommand } from './commands/binfmt.ts';
import { bootstrapCommand } from './commands/bootstrap.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { installCommand } from './commands/install.ts';
import { listCommand } from './commands/list.ts';
import { packCommand } from './commands/pack.ts';
import { refreshCommand } from './commands/refresh.ts';
import { removeCommand } from './commands/remove.ts';
import { runCommand } from './commands/run.ts';
import { verifyCommand } from './commands/verify.ts';

export const COMMANDS: readonly Command[] = [
  bootstrapCommand,
  installCommand,
  refreshCommand,
  removeCommand,
  runCommand,
  listCommand,
  explainCommand,
  verifyCommand,
  auditCommand,
  packCommand,
  binfmtCommand,
  doctorCommand,
];
