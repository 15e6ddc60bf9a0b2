/** Gateways, devices and their keys at ChirpStack: they bring their ids. */
import deviceServices from '@chirpstack/chirpstack-api/api/device_grpc_pb.js';
import devices from '@chirpstack/chirpstack-api/api/device_pb.js';
import gatewayServices from '@chirpstack/chirpstack-api/api/gateway_grpc_pb.js';
import gateways from '@chirpstack/chirpstack-api/api/gateway_pb.js';
import type { Calls } from './calls.ts';
import { allPages, createWithEui, present, remove } from './grpc-common.ts';
import * as fields from './grpc-fields.ts';
import type { ChirpStack } from './objects.ts';

export function gatewaysOf(calls: Calls): ChirpStack['gateways'] {
  const client = calls.client(gatewayServices.GatewayServiceClient);
  const found = async (id: string) => {
    const request = new gateways.GetGatewayRequest();
    request.setGatewayId(id);
    return (await calls.find(client.get.bind(client), request))?.getGateway();
  };
  return {
    list: (tenantId) =>
      allPages(
        (limit, offset) => {
          const request = new gateways.ListGatewaysRequest();
          request.setLimit(limit);
          request.setOffset(offset);
          request.setTenantId(tenantId);
          // By name, as it would be else, pages can overlap: names come twice.
          request.setOrderBy(gateways.ListGatewaysRequest.OrderBy.GATEWAY_ID);
          return calls.ask(client.list.bind(client), request);
        },
        (answer) => answer.getResultList().map((item) => ({ id: item.getGatewayId(), name: item.getName() })),
      ),
    async get(id) {
      const gateway = await found(id);
      return gateway && { parentId: gateway.getTenantId(), object: fields.readGateway(gateway) };
    },
    create(tenantId, id, object) {
      const gateway = new gateways.Gateway();
      gateway.setGatewayId(id);
      gateway.setTenantId(tenantId);
      fields.setNewGateway(gateway, object);
      const request = new gateways.CreateGatewayRequest();
      request.setGateway(gateway);
      return createWithEui(calls, () => calls.once(client.create.bind(client), request));
    },
    async update(id, changes) {
      const gateway = present(await found(id));
      fields.setGateway(gateway, changes);
      const request = new gateways.UpdateGatewayRequest();
      request.setGateway(gateway);
      await calls.ask(client.update.bind(client), request);
    },
    remove(id) {
      const request = new gateways.DeleteGatewayRequest();
      request.setGatewayId(id);
      return remove(calls.ask(client.delete.bind(client), request));
    },
  };
}

export function devicesOf(calls: Calls): ChirpStack['devices'] {
  const client = calls.client(deviceServices.DeviceServiceClient);
  const found = async (id: string) => {
    const request = new devices.GetDeviceRequest();
    request.setDevEui(id);
    return (await calls.find(client.get.bind(client), request))?.getDevice();
  };
  return {
    list: (applicationId) =>
      allPages(
        (limit, offset) => {
          const request = new devices.ListDevicesRequest();
          request.setLimit(limit);
          request.setOffset(offset);
          request.setApplicationId(applicationId);
          request.setOrderBy(devices.ListDevicesRequest.OrderBy.DEV_EUI);
          return calls.ask(client.list.bind(client), request);
        },
        (answer) => answer.getResultList().map((item) => ({ id: item.getDevEui(), name: item.getName() })),
      ),
    async get(id) {
      const device = await found(id);
      return device && { parentId: device.getApplicationId(), object: fields.readDevice(device) };
    },
    create(applicationId, id, object) {
      const device = new devices.Device();
      device.setDevEui(id);
      device.setApplicationId(applicationId);
      fields.setDevice(device, object);
      const request = new devices.CreateDeviceRequest();
      request.setDevice(device);
      return createWithEui(calls, () => calls.once(client.create.bind(client), request));
    },
    async update(id, changes) {
      const device = present(await found(id));
      fields.setDevice(device, changes);
      const request = new devices.UpdateDeviceRequest();
      request.setDevice(device);
      await calls.ask(client.update.bind(client), request);
    },
    remove(id) {
      const request = new devices.DeleteDeviceRequest();
      request.setDevEui(id);
      return remove(calls.ask(client.delete.bind(client), request));
    },
  };
}

export function keysOf(calls: Calls): ChirpStack['keys'] {
  const client = calls.client(deviceServices.DeviceServiceClient);
  const found = async (id: string) => {
    const request = new devices.GetDeviceKeysRequest();
    request.setDevEui(id);
    return (await calls.find(client.getKeys.bind(client), request))?.getDeviceKeys();
  };
  return {
    async get(id) {
      const keys = await found(id);
      return keys && { parentId: '', object: fields.readKeys(keys) };
    },
    create(_, id, object) {
      const keys = new devices.DeviceKeys();
      keys.setDevEui(id);
      fields.setKeys(keys, object);
      const request = new devices.CreateDeviceKeysRequest();
      request.setDeviceKeys(keys);
      return createWithEui(calls, () => calls.once(client.createKeys.bind(client), request));
    },
    async update(id, changes) {
      const keys = present(await found(id));
      // Nonces used with the old key mean nothing with the new one, and would keep a device from joining that counts
      // them from 0. Before the key: a run that ends in between does both again.
      const flush = new devices.FlushDevNoncesRequest();
      flush.setDevEui(id);
      await calls.ask(client.flushDevNonces.bind(client), flush);
      fields.setKeys(keys, changes);
      const request = new devices.UpdateDeviceKeysRequest();
      request.setDeviceKeys(keys);
      await calls.ask(client.updateKeys.bind(client), request);
    },
  };
}
