export { applySettings, isSwitchedOn } from './apply.ts';
export { type ConfigFile, parseConfig, readConfigFile } from './config-file.ts';
export { optionKey } from './option-key.ts';
export {
  CONFIG_VARIABLE,
  ENVIRONMENT_PREFIX,
  type Setting,
  sectionOf,
  settingsOf,
  variablesOf,
} from './settings.ts';
