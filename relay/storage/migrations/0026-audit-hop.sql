-- Whom a tunnel of this machine said it brings: the address is then that of the machine for everybody. Nobody checked it.
ALTER TABLE audit ADD COLUMN hop TEXT;
