import fc from 'fast-check';

// A `maxLength` is meant: without this, nothing random is ever longer than some ten pieces.
fc.configureGlobal({ ...fc.readConfigureGlobal(), defaultSizeToMaxWhenMaxSpecified: true });
