/// Settings, which are read at start from defaults, a file, the environment and flags. A setting has the same name in all of them.
///
/// Reading order: [KnownSettings], [Setting], [SettingType], [Settings], [SettingsReader].
@NullMarked
package io.jigress.app.settings;

import org.jspecify.annotations.NullMarked;
